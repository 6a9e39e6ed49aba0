def up(schema):
    schema.company_table("beast_note", {"id": "TEXT NOT NULL"}, key=("id",))
    schema.company_table("issuing_note", {"id": "TEXT NOT NULL"}, key=("id",))
