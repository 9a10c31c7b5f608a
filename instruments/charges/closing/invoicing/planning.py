"""What is to be invoiced of an institution's statements, or taken back by red letters, and everything that is missing for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select, text

from instruments.charges.closing.invoicing.items import items_of
from instruments.charges.closing.invoicing.parting import Line, Origin, Parted, parted
from instruments.charges.closing.invoicing.wanted import HOME_COUNTRY
from instruments.charges.closing.letterheads import details
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.invoice_models import Invoice, InvoiceDetails, InvoiceLine
from instruments.charges.models import Charge
from instruments.charges.states import LESSENING, WRITE_OFF
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import Institution

_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_CHARGE: Any = Charge.__table__
_ON: Any = InvoiceLine.__table__
_INVOICE: Any = Invoice.__table__
# What a charge takes back; the invoice that a line stands on in the end, and the red letters that take it back.
_ORIGIN: Any = _CHARGE.alias("origin")
_BLUE: Any = _INVOICE.alias("blue")
_BACK: Any = _INVOICE.alias("back")
# In the words of the index of those: said as a comparison, SQLite would not know that it serves.
_IS_LIVE: Any = text("invoice_line.live")
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing before an invoice can be asked for, and the address where it is mended, if there is one."""

    reason: Reason
    address: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked for of one statement: its invoice, its red letters, and what is missing for the invoice."""

    statement: Any
    parted: Parted
    details: InvoiceDetails | None
    lacks: tuple[Lack, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether anything of it can be asked for now."""
        return bool(self.parted.red or (self.parted.blue and not self.lacks))


def plans(institution_id: int, at_once: int = AT_ONCE, *, summed: bool = False) -> Iterator[Plan]:
    """The statements of which something is still to be invoiced or taken back, the oldest first.

    Nine statements of SQL for every so many. summed: what is to be invoiced and takes nothing back comes as one line for each lab
    and rate, which is enough to say what is ready, what it comes to and what it lacks, and not to ask for it.
    """
    own, last = list(_own_lacks(institution_id)), 0
    while rows := _open_statements(institution_id, last, at_once):
        last = rows[-1].id
        yield from _plans(institution_id, rows, own, summed)
        if len(rows) < at_once:
            break


def _plans(institution_id: int, rows: Sequence[Any], own: Sequence[Lack], summed: bool) -> Iterator[Plan]:
    numbers = [row.id for row in rows]
    lines = _summed_lines(numbers) if summed else _lines(numbers)
    origins = _origins(institution_id, {line.about for some in lines.values() for line in some} - {None})
    wanted, homes = _details(rows), _homes(rows)
    items = items_of(institution_id)
    for row in rows:
        some = parted(lines.get(row.id, []), origins.get(_payer(row), {}))
        if not (some.blue or some.red or some.waiting):
            continue
        said = wanted.get(_whose(row))
        lacks = [*own, *_lacks_of(row, some.blue, said, items, homes.get(row.payer_institution_id))]
        yield Plan(row, some, said, tuple(lacks) if some.blue else ())


def details_and_lacks(row: Any, lines: Sequence[Line]) -> tuple[InvoiceDetails | None, list[Lack]]:
    """What the payer of a statement wants now, and what is missing to invoice these lines to it."""
    said = _details([row]).get(_whose(row))
    home, items = _homes([row]).get(row.payer_institution_id), items_of(row.creditor_id)
    return said, [*_own_lacks(row.creditor_id), *_lacks_of(row, lines, said, items, home)]


def _lacks_of(
    row: Any, lines: Sequence[Line], said: InvoiceDetails | None, items: Mapping[int | None, Any],
    home: Institution | None,
) -> Iterator[Lack]:  # fmt: skip
    yield from _item_lacks(row.creditor_id, lines, items)
    yield from _rate_lacks(row.creditor_id, lines)
    yield from _payer_lacks(row, said, home)


def _payer(row: Any) -> tuple[Any, ...]:
    return (row.payer_institution_id, row.payer_person_id, row.payer_group_id, row.programme_id, row.currency)


def _whose(row: Any) -> tuple[int | None, int | None, int | None]:
    """Who says what is to stand on the invoices of a statement."""
    return (row.payer_institution_id, row.payer_person_id, row.programme_id)


def _invoiced(line: Any, charge: Any) -> list[Any]:
    """The conditions that a line is invoiced at all: it is owed from outside and is no write-off."""
    return [
        line.amount_units != 0,
        line.route.in_(("receivable", "prepaid", "claim")),
        charge.kind != WRITE_OFF,
        func.coalesce(_ORIGIN.c.kind, "") != WRITE_OFF,
    ]


def _now_on(line: Any) -> Any:
    """The condition that a row says on which invoice a line stands now."""
    return (_ON.c.statement_id == line.statement_id) & (_ON.c.position == line.position) & _IS_LIVE


def _open_statements(institution_id: int, after: int, at_once: int) -> Sequence[Any]:
    statement, line, on = _STATEMENT.c, _LINE.c, _ON.c
    left = (
        select(line.position)
        .join(_CHARGE, _CHARGE.c.id == line.charge_id)
        .outerjoin(_ORIGIN, _ORIGIN.c.id == _CHARGE.c.reverses_id)
        .outerjoin(_ON, _now_on(line))
        .where(line.statement_id == statement.id, on.invoice_id.is_(None), *_invoiced(line, _CHARGE.c))
        .exists()
    )
    # What moves within the institution is no invoice: its own payers, and programmes of its own.
    own = select(ProgrammeRow.id).where(ProgrammeRow.institution_id == statement.creditor_id)
    outside = statement.payer_institution_id.is_(None) | (
        statement.payer_institution_id != statement.creditor_id
    )
    outside &= statement.programme_id.is_(None) | statement.programme_id.not_in(own)
    return db.session.execute(
        # Who sends it is read where it is printed.
        select(*(column for column in statement if column.name != "sender"))
        .where(
            statement.creditor_id == institution_id, statement.issued, outside, left, statement.id > after,
        )
        .order_by(statement.id)
        .limit(at_once)
    ).all()  # fmt: skip


def _lines(statement_ids: Sequence[int]) -> dict[int, list[Line]]:
    line = _LINE.c
    found: dict[int, list[Line]] = {}
    if statement_ids:
        asked = _still_open(_described(line, _CHARGE.c), statement_ids)
        for row in db.session.execute(asked.order_by(line.statement_id, line.position)):
            found.setdefault(row.statement_id, []).append(line_of(row))
    return found


def _summed_lines(statement_ids: Sequence[int]) -> dict[int, list[Line]]:
    """The same by lab and rate; the lines of statements on which anything is taken back come one by one, as they part."""
    line, charge = _LINE.c, _CHARGE.c
    takes_back = or_(charge.kind.in_(LESSENING), charge.reverses_id.is_not(None))
    same = (line.statement_id, line.lab_id, charge.tax_rate)
    asked = _of_charges(
        select(
            *same, func.min(line.position).label("position"), func.min(line.charge_id).label("charge_id"),
            func.sum(line.amount_units).label("amount"), func.sum(line.tax_units).label("tax"),
            func.max(case((takes_back, 1), else_=0)).label("takes_back"),
        )
    )  # fmt: skip
    found: dict[int, list[Line]] = {}
    mixed: set[int] = set()
    for row in db.session.execute(_still_open(asked, statement_ids).group_by(*same)):
        made = Line(
            row.statement_id, row.position, row.charge_id, row.charge_id, row.lab_id, int(row.amount), int(row.tax),
            row.tax_rate,
        )  # fmt: skip
        found.setdefault(row.statement_id, []).append(made)
        if row.takes_back:
            mixed.add(row.statement_id)
    return found | _lines(sorted(mixed))


def _still_open(asked: Any, statement_ids: Sequence[int]) -> Any:
    """Of these statements, the lines that are invoiced and on no invoice yet."""
    line = _LINE.c
    return asked.outerjoin(_ON, _now_on(line)).where(
        line.statement_id.in_(statement_ids), _ON.c.invoice_id.is_(None), *_invoiced(line, _CHARGE.c)
    )


def lines_on(invoice_ids: Sequence[int]) -> list[Line]:
    """The lines that stand on these invoices now, in their order."""
    line, charge, on = _LINE.c, _CHARGE.c, _ON.c
    rows = db.session.execute(
        _described(line, charge)
        .join(_ON, _now_on(line))
        .where(on.invoice_id.in_(invoice_ids))
        .order_by(line.statement_id, line.position)
    )
    return [line_of(row) for row in rows]


def _described(line: Any, charge: Any) -> Any:
    """Lines of statements with what is needed to part them."""
    return _of_charges(
        select(
            line.statement_id, line.position, line.charge_id, line.lab_id, line.amount_units, line.tax_units,
            charge.kind, charge.tax_rate, charge.reverses_id, charge.about_id, _ORIGIN.c.kind.label("origin_kind"),
            _ORIGIN.c.about_id.label("origin_about"),
        )
    )  # fmt: skip


def _of_charges(asked: Any) -> Any:
    """Lines with their charges, and with what these take back."""
    charge = _CHARGE.c
    return (
        asked.select_from(_LINE)
        .join(_CHARGE, charge.id == _LINE.c.charge_id)
        .outerjoin(_ORIGIN, _ORIGIN.c.id == charge.reverses_id)
    )


def line_of(row: Any) -> Line:
    """A line with what it takes back, and the charge that it belongs to in the end."""
    about, root = row.reverses_id, row.charge_id
    if row.kind in LESSENING:
        about = root = row.about_id
    elif row.reverses_id is not None:
        root = row.origin_about if row.origin_kind in LESSENING else row.reverses_id
    return Line(
        row.statement_id, row.position, row.charge_id, root, row.lab_id, row.amount_units, row.tax_units, row.tax_rate,
        about,
    )  # fmt: skip


def _origins(institution_id: int, charges: Iterable[int | None]) -> dict[tuple[Any, ...], dict[int, Origin]]:
    """By payer and charge, on which invoice what was billed stands; a red letter counts as the invoice that it corrects."""
    statement, line, on = _STATEMENT.c, _LINE.c, _ON.c
    blue, back = _BLUE.c, _BACK.c
    taken = (
        select(func.coalesce(func.sum(back.amount_units), 0))
        .where(back.corrects_id == blue.id, back.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            line.charge_id, statement.payer_institution_id, statement.payer_person_id, statement.payer_group_id,
            statement.programme_id, statement.currency, blue.id.label("invoice_id"), blue.number,
            (blue.amount_units + taken).label("left"),
        )
        .join(_STATEMENT, statement.id == line.statement_id)
        .outerjoin(_ON, _now_on(line))
        .outerjoin(_INVOICE, _INVOICE.c.id == on.invoice_id)
        .outerjoin(_BLUE, blue.id == func.coalesce(_INVOICE.c.corrects_id, _INVOICE.c.id))
        .where(statement.creditor_id == institution_id, line.charge_id.in_(sorted(each for each in charges if each)))
        .order_by(line.charge_id, line.statement_id)
    )  # fmt: skip
    found: dict[tuple[Any, ...], dict[int, Origin]] = {}
    for row in rows:
        origin = Origin(row.invoice_id, row.number or "", int(row.left or 0))
        found.setdefault(_payer(row), {}).setdefault(row.charge_id, origin)
    return found


def _details(rows: Sequence[Any]) -> dict[tuple[int | None, int | None, int | None], InvoiceDetails]:
    one = InvoiceDetails
    institutions, persons, programmes = (
        {row[place] for row in map(_whose, rows)} - {None} for place in range(3)
    )
    asked = select(one).where(
        one.institution_id.in_(institutions) | one.person_id.in_(persons) | one.programme_id.in_(programmes)
    )
    return {(row.institution_id, row.person_id, row.programme_id): row for row in db.session.scalars(asked)}


def _homes(rows: Sequence[Any]) -> dict[int | None, Institution]:
    numbers = {row.payer_institution_id for row in rows} - {None}
    return {row.id: row for row in db.session.scalars(select(Institution).where(Institution.id.in_(numbers)))}


def _own_lacks(institution_id: int) -> Iterator[Lack]:
    """What the institution itself has not said, which stands on every invoice."""
    if not details(institution_id).tax_number:
        sentence = N_("The institution’s own tax number is missing.")
        reason = Reason("no_own_tax_number", None, sentence, {}, N_("Enter it in the billing details."))
        yield Lack(reason, f"/institutions/{institution_id}/billing")


def _item_lacks(
    institution_id: int, lines: Sequence[Line], items: Mapping[int | None, Any]
) -> Iterator[Lack]:
    if any(line.lab_id not in items for line in lines) and None not in items:
        sentence = N_("It is not said as which item services are invoiced.")
        reason = Reason("no_item", None, sentence, {}, N_("Set the item and its tax code."))
        yield Lack(reason, f"/institutions/{institution_id}/invoices/items")


def _rate_lacks(institution_id: int, lines: Sequence[Line]) -> Iterator[Lack]:
    if any(not line.rate for line in lines) and not details(institution_id).exemption:
        sentence = N_("Some of it was charged without tax, and no exemption is named.")
        reason = Reason("no_exemption", None, sentence, {}, N_("Name the exemption in the billing details."))
        yield Lack(reason, f"/institutions/{institution_id}/billing")


def _payer_lacks(row: Any, said: InvoiceDetails | None, home: Institution | None) -> Iterator[Lack]:
    """What the payer did not say; only the payer can."""
    if said is None:
        sentence = N_("The payer has not said what is to stand on its invoices.")
        yield Lack(Reason("no_details", None, sentence, {}, N_("Ask the payer: only it can say so.")))
    elif home is not None and home.country == HOME_COUNTRY and not said.tax_number:
        sentence = N_("The payer’s tax number is missing.")
        yield Lack(Reason("no_tax_number", None, sentence, {}, N_("Ask the payer: only it can say so.")))
