def up(schema):
    schema.company_table("beast_note", {"id": "TEXT NOT NULL"}, key=("id",))
    raise RuntimeError("a bug of the beast")
