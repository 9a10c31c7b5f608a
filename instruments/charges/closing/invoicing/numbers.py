"""Take over the numbers that the tax system gave: see first what each row would do, then take all that are new, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from instruments.charges.closing.invoicing.requests import PAYER
from instruments.charges.closing_models import Statement
from instruments.charges.invoice_models import ASKED, ISSUED, Invoice, InvoiceFile
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.journal.record import entry as journal_entry
from instruments.journal.record import record, record_many
from instruments.money import Money
from instruments.typed import decimal

_INVOICE: Any = Invoice.__table__
NEW, SAME, REFUSED = "new", "same", "refused"
OUTCOMES = (NEW, SAME, REFUSED)
_SERIAL = re.compile(r"(?:IC)?0*(\d{1,12})", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[0-9A-Z-]{4,40}", re.ASCII)
_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[T\s].*)?")


@dataclass(frozen=True, slots=True)
class Checked:
    """One row: what would become of it, everything against it, and the request that it answers."""

    row: str
    outcome: str
    written: Mapping[str, str]
    reasons: tuple[Reason, ...] = ()
    invoice_id: int = 0
    number: str = ""
    issued_on: date | None = None


def keep_file(
    institution_id: int, name: str, rows: list[dict[str, str]], now: datetime, actor_id: int
) -> int:
    """Keep what a file says until it is taken over, inside a deed; its number."""
    kept = InvoiceFile(
        institution_id=institution_id, person_id=actor_id, file_name=name[:200], rows=rows, created_at=now,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    return kept.id


def the_file(institution_id: int, number: int) -> InvoiceFile:
    """One file that was brought; raises NotFound."""
    found = db.session.get(InvoiceFile, number)
    if found is None or found.institution_id != institution_id:
        raise NotFound([Reason("no_file", None, N_("There is no such file."))])
    return found


def checked(institution_id: int, rows: Sequence[Mapping[str, str]], today: date) -> list[Checked]:
    """Every row as it would be done now. Two statements, however many rows there are."""
    asked = {row.id: row for row in _requests(institution_id)}
    used = {row.number: row.id for row in asked.values() if row.number}
    found = []
    for row in rows:
        each = _one(row, asked, used, today)
        if each.outcome == NEW:
            used[each.number] = each.invoice_id
            asked[each.invoice_id] = _Answered(asked[each.invoice_id], each.number)
        found.append(each)
    return found


class _Answered:
    """A request as it is once an earlier row of the same file has answered it."""

    def __init__(self, row: Any, number: str) -> None:
        self.number, self.state, self.withdrawn_at = number, ISSUED, None
        self.amount_units, self.currency = row.amount_units, row.currency


def _requests(institution_id: int) -> Sequence[Any]:
    one = _INVOICE.c
    asked = select(one.id, one.number, one.state, one.amount_units, one.currency, one.withdrawn_at)
    return db.session.execute(asked.where(one.creditor_id == institution_id)).all()


def _one(row: Mapping[str, str], asked: Mapping[int, Any], used: Mapping[str, int], today: date) -> Checked:
    match = _SERIAL.fullmatch(row["serial"])
    known = asked.get(int(match[1])) if match else None
    number, day = row["number"].replace(" ", "").upper(), _day(row["issued_on"])
    invoice_id = int(match[1]) if match and known is not None else 0
    if known is not None and known.state == ISSUED and known.number == number:
        return Checked(row["row"], SAME, row, (), invoice_id, number)
    reasons = [
        *_not_waiting(known),
        *_wrong_number(number, used),
        *_wrong_day(day, today),
        *_wrong_amount(row["amount"], known),
    ]
    if reasons:
        return Checked(row["row"], REFUSED, row, tuple(reasons))
    return Checked(row["row"], NEW, row, (), invoice_id, number, day)


def _not_waiting(known: Any | None) -> Iterator[Reason]:
    if known is None:
        yield Reason("no_request", None, N_("There is no request of this number."))
        return
    if known.state == ISSUED:
        sentence = N_("It has the number %(number)s already, which never changes.")
        yield Reason("has_number", None, sentence, {"number": known.number})
    if known.withdrawn_at is not None:
        sentence, remedy = (
            N_("This request was withdrawn."),
            N_("Take its invoice back in the tax system."),
        )
        yield Reason("withdrawn", None, sentence, {}, remedy)


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text.strip())
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _wrong_number(number: str, used: Mapping[str, int]) -> Iterator[Reason]:
    if not _NUMBER.fullmatch(number):
        yield Reason("no_number", None, N_("This is no invoice number."))
    elif number in used:
        yield Reason("number_used", None, N_("Another invoice has this number."))


def _wrong_day(day: date | None, today: date) -> Iterator[Reason]:
    if day is None:
        yield Reason("no_day", None, N_("The day is none; write it like 2027-03-01."))
    elif day > today:
        yield Reason("to_come", None, N_("The day is still to come."))


def _wrong_amount(text: str, known: Any | None) -> Iterator[Reason]:
    """The sum, where the file says it: it shows that the right request is answered. known: None where there is none."""
    if not text:
        return
    said = decimal(text.replace("¥", ""))
    if said is None:
        yield Reason("no_amount", None, N_("The amount is none."))
        return
    if known is None:
        return
    wanted = Money.from_units(known.amount_units, known.currency)
    if abs(said) != abs(wanted.amount):
        yield Reason("amount", None, N_("It was asked for over %(amount)s."), {"amount": wanted})


def take(institution_id: int, number: int, today: date, now: datetime, actor_id: int) -> int:
    """Take over every row of a file that is new, inside a deed, all or none; how many. Again changes nothing."""
    lock_books([institution_id])
    kept = the_file(institution_id, number)
    taken = take_rows(institution_id, kept.rows, today, now, actor_id)
    kept.state, kept.taken_at = "done", now
    if taken:
        record(
            now=now, actor_id=actor_id, deed="invoice_file.taken", thing=("institution", institution_id),
            institution_id=institution_id, detail={"file": kept.file_name, "rows": taken},
        )  # fmt: skip
    return taken


def take_rows_at_once(
    institution_id: int,
    rows: Sequence[Mapping[str, str]],
    today: date,
    now: datetime,
    actor_id: int | None = None,
) -> int:
    """Take over rows that came in no file, inside a deed, all that are new or none; how many."""
    lock_books([institution_id])
    return take_rows(institution_id, rows, today, now, actor_id)


def take_rows(
    institution_id: int, rows: Sequence[Mapping[str, str]], today: date, now: datetime, actor_id: int | None
) -> int:
    """Give these requests their numbers, inside a deed that holds the lock of the books; how many were new."""
    new = [each for each in checked(institution_id, rows, today) if each.outcome == NEW]
    if new:
        change = (
            update(_INVOICE)
            .where(
                _INVOICE.c.id == bindparam("which"), _INVOICE.c.state == ASKED, _INVOICE.c.withdrawn_at.is_(None)
            )
            .values(
                state=ISSUED, number=bindparam("numbered"), issued_on=bindparam("on"),
                version=_INVOICE.c.version + 1,
            )
        )  # fmt: skip
        values = [{"which": each.invoice_id, "numbered": each.number, "on": each.issued_on} for each in new]
        db.session.connection().execute(change, values)
    record_many(_told([each.invoice_id for each in new], now, actor_id))
    return len(new)


def _told(invoice_ids: Sequence[int], now: datetime, actor_id: int | None) -> Iterator[dict[str, Any]]:
    one, statement = _INVOICE.c, Statement
    for first in range(0, len(invoice_ids), 500):
        rows = db.session.execute(
            select(
                one.id, one.number, one.colour, one.amount_units, one.currency, one.statement_id, one.creditor_id,
                statement.payer_institution_id, statement.payer_person_id, statement.payer_group_id,
                statement.programme_id,
            )
            .join(statement, statement.id == one.statement_id)
            .where(one.id.in_(invoice_ids[first : first + 500]))
            .order_by(one.id)
        )  # fmt: skip
        for row in rows:
            yield journal_entry(
                now=now, actor_id=actor_id, deed="invoice.issued", thing=("invoice", row.id),
                institution_id=row.creditor_id,
                detail={
                    "statement_id": row.statement_id, "number": row.number, "colour": row.colour,
                    "units": row.amount_units, "currency": row.currency,
                } | {name: getattr(row, name) for name in PAYER},
            )  # fmt: skip


def lately(institution_id: int, most: int = 10) -> Sequence[Any]:
    """The files brought last: rows (id, file_name, state, created_at)."""
    one = InvoiceFile
    asked = select(one.id, one.file_name, one.state, one.created_at).where(
        one.institution_id == institution_id
    )
    return db.session.execute(asked.order_by(one.id.desc()).limit(most)).all()


def waiting(institution_id: int) -> dict[str, int]:
    """By colour, how many requests have no number yet."""
    one = _INVOICE.c
    rows = db.session.execute(
        select(one.colour, func.count())
        .where(one.creditor_id == institution_id, one.state == ASKED, one.withdrawn_at.is_(None))
        .group_by(one.colour)
    )
    return {colour: int(count) for colour, count in rows}
