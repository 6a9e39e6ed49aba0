"""The invoice form exactly as typed: nothing is lost by reposting it, however wrong it is. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.api import Invoice, forms, taxpayer
from plugins.issuing.goods import short_name

PARTY = ("name", "tax_id", "address", "phone", "bank", "account")
FIELDS = (
    "kind", "order_no", "remark", "drawer", "buyer_email", "buyer_mobile", "inclusive", "again",
    *(f"buyer.{name}" for name in PARTY), "buyer.is_person",
)  # fmt: skip
LINE = ("name", "code", "short_name", "spec", "unit", "quantity", "price", "amount", "rate", "discount")

_PREPARED = ("extra.taxpayer_kind",)
"""What other modules write into a draft anew each time: no form carries it on."""

_LINE_FIELD = re.compile(r"lines\[(\d{1,6})\]\.(\w+)")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form.

    :ivar key: names this form for good: its draft's id and its idempotency key.
    :ivar fields: texts of what is not a line, by field name. :ivar lines: texts of the lines.
    """

    key: str
    fields: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Row, ...] = ()

    def text(self, path: str) -> str:
        """What is typed in a field, by its name; empty where there is no such field."""
        found = _LINE_FIELD.fullmatch(path)
        if not found:
            return self.fields.get(path, "")
        index = int(found[1])
        return self.lines[index].get(found[2], "") if index < len(self.lines) else ""

    @property
    def filled(self) -> list[int]:
        """Positions of the lines that say something; a rate alone says nothing."""
        return [
            index for index, line in enumerate(self.lines)
            if any(text.strip() for name, text in line.items() if name != "rate")
        ]  # fmt: skip

    @property
    def is_blank(self) -> bool:
        """Whether nothing worth keeping was typed."""
        typed = ("order_no", "remark", "buyer_email", "buyer_mobile", *(f"buyer.{name}" for name in PARTY))
        return not self.filled and not any(self.text(name).strip() for name in typed)

    @property
    def title(self) -> str:
        """What a list of drafts calls it."""
        names = [self.text("buyer.name").strip(), *(self.lines[i].get("name", "") for i in self.filled[:1])]
        return " · ".join(name for name in names if name)[:120]

    def with_fields(self, **changes: str) -> Sheet:
        """The same form with other texts; double underscores stand for dots."""
        named = {name.replace("__", "."): text for name, text in changes.items()}
        return replace(self, fields={**self.fields, **named})

    def with_line(self, index: int, **changes: str) -> Sheet:
        """The same form with other texts in one line."""
        lines = [{**line, **changes} if i == index else line for i, line in enumerate(self.lines)]
        return replace(self, lines=tuple(lines))

    def added(self, at: int | None = None, **texts: str) -> Sheet:
        """With one more line; it takes the rate of the line before it."""
        place = len(self.lines) if at is None else at
        before = self.lines[place - 1] if 0 < place <= len(self.lines) else {}
        line = {"rate": before.get("rate", ""), **texts}
        return replace(self, lines=(*self.lines[:place], line, *self.lines[place:]))

    def discounted(self, index: int) -> Sheet:
        """With a discount line below a line, taking over what the two must share."""
        if index >= len(self.lines) or self.has_discount(index):
            return self
        shared = {name: self.lines[index].get(name, "") for name in ("name", "code", "short_name", "rate")}
        return self.added(index + 1, **shared, discount="1")

    def has_discount(self, index: int) -> bool:
        """Whether a discount line follows, or the line is one."""
        around = self.lines[index : index + 2]
        return any(line.get("discount") for line in around)

    def removed(self, index: int) -> Sheet:
        """Without a line and the discount that belongs to it; one line is always left."""
        last = index + 1
        if not self.text(f"lines[{index}].discount") and self.text(f"lines[{last}].discount"):
            last += 1
        left = replace(self, lines=(*self.lines[:index], *self.lines[last:]))
        return left if left.lines else left.added(rate=self.text(f"lines[{index}].rate"))

    def as_form(self) -> dict[str, str]:
        """As core reads it: only the lines that say something, numbered without gaps."""
        form = {name: text for name, text in self.fields.items() if name != "again"}
        form["buyer.tax_id"] = taxpayer.tidy(form.get("buyer.tax_id", ""))
        for number, index in enumerate(self.filled):
            form |= {f"lines[{number}].{name}": text for name, text in self._line(index).items()}
        return form

    def _line(self, index: int) -> Row:
        line = dict(self.lines[index])
        line["short_name"] = short_name(line.get("code", "").strip()) or line.get("short_name", "")
        amount = line.get("amount", "").strip()
        if line.get("discount"):
            # What belongs to both lines is said in the line above; a discount is typed without its sign.
            above = self.lines[index - 1] if index else {}
            shared = ("name", "code", "rate")
            line |= {name: above[name] for name in shared if above.get(name)}
            line["amount"] = amount if not amount or amount[0] in "-－" else f"-{amount}"
        return line

    def dump(self) -> str:
        """As stored."""
        return json.dumps({"fields": dict(self.fields), "lines": self.lines}, ensure_ascii=False)


def load(key: str, body: str) -> Sheet:
    """The inverse of `dump`."""
    raw = json.loads(body)
    return Sheet(key, raw["fields"], tuple(raw["lines"]))


def from_form(form: Mapping[str, str], key: str) -> Sheet:
    """Read a submitted form; lines are numbered anew in their order."""
    gathered: dict[int, Row] = {}
    for name, text in form.items():
        found = _LINE_FIELD.fullmatch(name)
        if found and found[2] in LINE and text:
            gathered.setdefault(int(found[1]), {})[found[2]] = text
        elif found:
            gathered.setdefault(int(found[1]), {})
    fields = {name: form.get(name, "") for name in FIELDS}
    fields |= {
        name: text for name, text in form.items() if name.startswith("extra.") and name not in _PREPARED
    }
    lines = tuple(gathered[number] for number in sorted(gathered)[: forms.MOST_LINES + 1])
    return Sheet(key, fields, lines or ({},))


def from_invoice(invoice: Invoice, key: str, *, again: str = "") -> Sheet:
    """A form filled like an earlier document; `again` names the one it is to replace.

    A mere copy leaves the order number behind: that one was invoiced.
    """
    sheet = from_form(forms.draft_form(invoice), key)
    return sheet.with_fields(again=again, order_no=invoice.order_no if again else "")


def blank(key: str, *, drawer: str, rate: str, inclusive: bool) -> Sheet:
    """An empty form of one line."""
    fields = dict.fromkeys(FIELDS, "") | {"kind": "ordinary", "drawer": drawer}
    return Sheet(key, fields | {"inclusive": "1" if inclusive else ""}, ({"rate": rate},))
