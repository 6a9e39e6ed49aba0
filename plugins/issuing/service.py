"""From the form to the invoice and back: reading, filling in, asking for issue. No web, no HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.api import (
    Actor,
    Document,
    Fault,
    Invoice,
    Line,
    State,
    clock,
    documents,
    errors,
    forms,
    post,
    preview,
    taxpayer,
    transaction,
)
from plugins.issuing import drafts, known, labels, sheet
from plugins.issuing.goods import Good, find_good, goods, short_name
from plugins.issuing.rates import rates
from plugins.issuing.sheet import Sheet
from plugins.issuing.tables import Buyer, Item

TAKEN = "CORE-KEY-02"
REMARK_MOST = 230
"""Characters of a remark at most (数电票 field length)."""

_ERROR = "error"


@dataclass(frozen=True)
class Reading:
    """What the server makes of a form: amounts, and faults whose paths are the form's own.

    :ivar strict: the user asked for the invoice, so what is missing is a fault as well; while he is
        still typing it is only told as left to do.
    """

    sheet: Sheet
    invoice: Invoice
    computed: dict[int, Line]
    faults: list[Fault]
    strict: bool = False
    taken: Document | None = None

    def at(self, path: str) -> list[Fault]:
        """The faults to show beside a field."""
        return [fault for fault in self._by_path.get(path, ()) if self._is_shown(fault)]

    def on_line(self, index: int) -> list[Fault]:
        """The faults to show below a line."""
        return [fault for fault in self._by_line.get(index, ()) if self._is_shown(fault)]

    # Looked up for each field of up to two thousand lines: searching the faults each time took seconds.
    @cached_property
    def _by_path(self) -> dict[str, list[Fault]]:
        found: dict[str, list[Fault]] = {}
        for fault in self.faults:
            found.setdefault(fault.path, []).append(fault)
        return found

    @cached_property
    def _by_line(self) -> dict[int, list[Fault]]:
        found: dict[int, list[Fault]] = {}
        for fault in self.faults:
            found.setdefault((labels.line_of(fault.path) or (-1, ""))[0], []).append(fault)
        return found

    def _is_shown(self, fault: Fault) -> bool:
        return self.strict or fault.severity != _ERROR or bool(self.sheet.text(fault.path).strip())

    @property
    def todo(self) -> list[Fault]:
        """What is left to do and stands beside no field yet."""
        return [fault for fault in self.faults if fault.severity == _ERROR and not self._is_shown(fault)]

    @property
    def errors(self) -> list[Fault]:
        """What refuses."""
        return [fault for fault in self.faults if fault.severity == _ERROR]

    def errors_in(self, paths: Sequence[str]) -> bool:
        """Whether one of these fields refuses."""
        return any(fault.path in paths for fault in self.errors)

    @property
    def first(self) -> str:
        """The path of the first fault, where the cursor goes after a refusal."""
        paths = [fault.path for fault in self.errors if fault.path] if self.strict else []
        return paths[0] if paths else ""

    @property
    def tax_id_is_sound(self) -> bool:
        """Whether the buyer's tax id has the right check character."""
        return taxpayer.judge(taxpayer.tidy(self.sheet.text("buyer.tax_id"))) is taxpayer.Verdict.SOUND

    @property
    def remark_length(self) -> int:
        """Characters of the remark as it will be printed."""
        return len(self.invoice.remark)


@dataclass(frozen=True, slots=True)
class Turn:
    """A form after one of its buttons: where the cursor goes, what a look-up found, what stopped it."""

    sheet: Sheet
    focus: str = ""
    looked_up: str = ""
    buyers: Sequence[Buyer] = ()
    items: Sequence[Item] = ()
    goods: Sequence[Good] = field(default_factory=tuple)
    problem: str = ""


def open_form(*, draft: str = "", copy: str = "", again: str = "", drawer: str = "") -> Sheet:
    """A form to begin with: a draft, a copy of a document, one in a refused document's place, or blank.

    :raise NotFound: no such draft or document here.
    """
    if draft:
        return drafts.open_draft(draft)
    if copy or again:
        document = documents.find_document(copy or again)
        form = sheet.from_invoice(document.invoice, drafts.new_key(), again=document.id if again else "")
        return form.with_fields(drawer=drawer)
    rate, inclusive = known.usual_rate()
    return sheet.blank(drafts.new_key(), drawer=drawer, rate=rate, inclusive=inclusive)


def read(form: Sheet, actor: Actor, *, strict: bool = False) -> Reading:
    """Work out a form's amounts and find its faults; nothing is stored."""
    draft, misread = forms.form_draft(form.as_form())
    invoice, faults = preview(draft, actor)
    seen = {fault.path for fault in misread}
    # A number that cannot be read is one fault, not a missing amount as well.
    unread = {path.rpartition(".")[0] for path in seen}
    faults = [
        f for f in faults if f.path not in seen and not (f.code == "CORE-LINE-01" and _owner(f) in unread)
    ]
    return _reading(form, invoice, misread + faults, strict)


def _owner(fault: Fault) -> str:
    return fault.path.rpartition(".")[0]


def _reading(form: Sheet, invoice: Invoice, faults: list[Fault], strict: bool) -> Reading:
    filled = form.filled
    computed = dict(zip(filled, invoice.lines, strict=False))
    return Reading(form, invoice, computed, _in_place(faults, form), strict)


def _in_place(faults: Sequence[Fault], form: Sheet) -> list[Fault]:
    filled = form.filled
    placed = [_placed(fault, filled) for fault in faults]
    return sorted(placed, key=lambda fault: labels.place(fault.path))


def _placed(fault: Fault, filled: Sequence[int]) -> Fault:
    # Core numbers only the lines that say something; the form shows the empty ones too.
    found = labels.line_of(fault.path)
    if found is None or found[0] >= len(filled):
        return fault
    return replace(fault, path=f"lines[{filled[found[0]]}]" + (f".{found[1]}" if found[1] else ""))


def issue(form: Sheet, actor: Actor) -> tuple[Document | None, Reading]:
    """Ask for the invoice: the document, or a strict reading that says what is wrong.

    :raise Unavailable: no channel, or issuing is frozen.
    """
    reading = read(form, actor, strict=True)
    draft, misread = forms.form_draft(form.as_form())
    if misread:
        return None, reading
    source, reference = _source(form, draft)
    with transaction():
        outcome = post(replace(draft, source=source, source_ref=reference), form.key, actor)
        refused = [fault for fault in outcome.faults if fault.severity == _ERROR]
        if outcome.document is not None and not refused:
            drafts.finish(form, outcome.document.id)
            return outcome.document, reading
    return None, replace(reading, faults=_in_place(outcome.faults, form), taken=outcome.document)


def _source(form: Sheet, draft: Invoice) -> tuple[str, str]:
    if form.text("again"):
        before = documents.find_document(form.text("again"))
        if before.state in (State.REJECTED, State.VOID) and before.invoice.order_no == draft.order_no:
            return before.invoice.source, before.invoice.source_ref
    return ("order", draft.order_no) if draft.order_no else ("web", form.key)


def act(form: Sheet, do: str) -> Turn:
    """What a button of the form does to it; an unknown one does nothing.

    :raise NotFound: it names a buyer or goods that are not there.
    """
    if do == "add-line":
        return Turn(form.added(), focus=f"lines[{len(form.lines)}].name")
    if do == "find-buyer":
        return Turn(form, "buyer.name", "buyer", buyers=known.find_buyers(form.text("buyer.name"), 12))
    if found := re.fullmatch(r"buyer-(\w+)", do):
        return Turn(with_buyer(form, known.find_buyer(found[1])), focus="lines[0].name")
    if found := re.fullmatch(r"(remove|discount|find)-(\d{1,4})", do):
        return _act_on_line(form, found[1], int(found[2]))
    if found := re.fullmatch(r"(item|goods)-(\d{1,4})-(\w+)", do):
        index = int(found[2])
        filled = with_item(form, index, found[3]) if found[1] == "item" else with_good(form, index, found[3])
        return Turn(filled, focus=f"lines[{index}].quantity")
    return Turn(form)


def _act_on_line(form: Sheet, verb: str, index: int) -> Turn:
    if verb == "remove":
        return Turn(form.removed(index), focus=f"lines[{max(index - 1, 0)}].name")
    if verb == "discount":
        return Turn(form.discounted(index), focus=f"lines[{index + 1}].amount")
    query = form.text(f"lines[{index}].name") or form.text(f"lines[{index}].code")
    items = known.find_items(query, inclusive=bool(form.text("inclusive")))
    return Turn(form, f"lines[{index}].name", f"line-{index}", items=items, goods=goods(query))


def with_buyer(form: Sheet, buyer: Buyer) -> Sheet:
    """The form with a known buyer's particulars."""
    changes = {f"buyer__{name}": getattr(buyer, name) for name in sheet.PARTY}
    changes |= {"buyer_email": buyer.email, "buyer_mobile": buyer.mobile}
    return form.with_fields(buyer__is_person="1" if buyer.is_person else "", **changes)


def with_item(form: Sheet, index: int, id: str) -> Sheet:
    """A line with goods invoiced before; their price only where it was entered the same way."""
    item = known.find_item(id)
    texts = {name: getattr(item, name) for name in ("name", "code", "short_name", "spec", "unit", "rate")}
    if bool(item.inclusive) == bool(form.text("inclusive")) and not form.text(f"lines[{index}].price"):
        texts["price"] = item.price
    return form.with_line(index, **texts)


def with_good(form: Sheet, index: int, code: str) -> Sheet:
    """A line with a category of the code table; what was typed as its name stays.

    :raise NotFound: no such code in the table.
    """
    good = find_good(code)
    if good is None:
        raise errors.NotFound("没有这个税收分类编码")
    typed = form.text(f"lines[{index}].name").strip()
    name = good.name if not typed or typed.isdigit() else typed
    unit = form.text(f"lines[{index}].unit") or good.unit
    return form.with_line(
        index, name=name, code=good.code, short_name=good.short_name, rate=good.rate, unit=unit
    )


def with_short_names(draft: Invoice) -> Invoice:
    """The draft, each line under the printed category of its code where it names none."""
    lines = [replace(line, short_name=line.short_name or short_name(line.code)) for line in draft.lines]
    return replace(draft, lines=tuple(lines))


def rate_choices(reading: Reading) -> list[tuple[str, str]]:
    """Rates of today for this seller, for a select; and any that the form has already."""
    kind = reading.invoice.extra.get("taxpayer_kind", "general")
    found = [(rate.value, rate.label) for rate in rates(clock.today(), kind)]
    listed = {value for value, _label in found}
    odd = sorted({line.get("rate", "") for line in reading.sheet.lines} - listed - {""})
    return [("", "—"), *found, *((rate, rate) for rate in odd)]
