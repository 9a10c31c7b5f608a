"""The journal of a month for a finance system: which columns, in which order, under which heads, as each institution set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.charges.invoice_models import JournalLayout
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.documents.sheets import Cell
from instruments.errors import N_, Reason, Refusal
from instruments.funds.books import described
from instruments.funds.ledger_models import LedgerTransfer
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.models import Institution
from instruments.web.versions import stale

_TRANSFER: Any = LedgerTransfer.__table__
USUAL = "usual"
MOST_COLUMNS, LONGEST_HEAD = 40, 60
Row = tuple[Any, Mapping[int, Any], str]


def _about(side: str, name: str) -> Callable[[Row], Cell]:
    return lambda row: str(getattr(row[1][getattr(row[0], side)], name) or "")


# By code: what it says, and its value for (transfer, accounts by number, day of the posting).
COLUMNS: Mapping[str, tuple[str, Callable[[Row], Cell]]] = {
    "entry": (N_("Number of the entry"), lambda row: row[0].id),
    "posted_on": (N_("Day of the posting"), lambda row: row[2]),
    "month": (N_("Month of the books"), lambda row: row[0].month),
    "debit_account": (N_("Number of the debit account"), lambda row: row[0].debit_id),
    "debit_kind": (N_("Kind of the debit account"), _about("debit_id", "kind")),
    "debit_code": (N_("Code of the debited fund"), _about("debit_id", "code")),
    "debit_about_en": (N_("Whom the debit is about, English"), _about("debit_id", "about_en")),
    "debit_about_zh": (N_("Whom the debit is about, Chinese"), _about("debit_id", "about_zh")),
    "credit_account": (N_("Number of the credit account"), lambda row: row[0].credit_id),
    "credit_kind": (N_("Kind of the credit account"), _about("credit_id", "kind")),
    "credit_code": (N_("Code of the credited fund"), _about("credit_id", "code")),
    "credit_about_en": (N_("Whom the credit is about, English"), _about("credit_id", "about_en")),
    "credit_about_zh": (N_("Whom the credit is about, Chinese"), _about("credit_id", "about_zh")),
    "amount": (N_("Amount"), lambda row: Money.from_units(row[0].amount_units, row[0].currency).amount),
    "currency": (N_("Currency"), lambda row: row[0].currency),
    "kind": (N_("Kind of the entry"), lambda row: row[0].kind),
    "thing": (N_("What it is for"), lambda row: f"{row[0].thing_kind} {row[0].thing_id}"),
    "reverses": (N_("Entry that it takes back"), lambda row: row[0].reverses_id or ""),
    "reason": (N_("Reason"), lambda row: row[0].reason),
    "key": (N_("Key, the same whenever it is exported"), lambda row: row[0].key),
}
USUAL_COLUMNS = tuple({"code": code, "head": code} for code in COLUMNS if not code.endswith("_en"))


class Layout(NamedTuple):
    """One kind of file: the name under which institutions keep their columns, all that there are, and the usual ones."""

    name: str
    known: Mapping[str, tuple[str, Any]]
    usual: Sequence[Mapping[str, str]]


JOURNAL = Layout(USUAL, COLUMNS, USUAL_COLUMNS)


def layout_of(institution_id: int, of: Layout = JOURNAL) -> JournalLayout:
    """The layout of an institution; the usual columns, of version 0, where it set none."""
    asked = select(JournalLayout).where(
        JournalLayout.institution_id == institution_id, JournalLayout.name == of.name
    )
    found = db.session.execute(asked).scalar()
    return found or JournalLayout(
        institution_id=institution_id, name=of.name, columns=[dict(each) for each in of.usual], version=0
    )


def set_layout(
    institution_id: int,
    columns: Sequence[Mapping[str, str]],
    version: int | None,
    now: datetime,
    actor_id: int,
    of: Layout = JOURNAL,
) -> None:
    """Set the columns (code, head) in their order, inside a deed. Raises Refusal with every reason, Stale."""
    lock_books([institution_id])
    row = layout_of(institution_id, of)
    if version is not None and version != row.version:
        raise stale()
    if reasons := list(_wrong(columns, of.known)):
        raise Refusal(reasons)
    row.columns = [{"code": each["code"], "head": each["head"]} for each in columns]
    row.version += 1
    db.session.add(row)
    db.session.flush()
    record(
        now=now, actor_id=actor_id, deed="journal_layout.set", thing=("institution", institution_id),
        institution_id=institution_id, detail={"file": of.name, "columns": [each["code"] for each in columns]},
    )  # fmt: skip


def _wrong(columns: Sequence[Mapping[str, str]], known: Mapping[str, Any]) -> Iterator[Reason]:
    if not columns:
        yield Reason("no_columns", "columns", N_("Name at least one column."))
    if len(columns) > MOST_COLUMNS:
        yield Reason("too_many", "columns", N_("At most %(most)s columns."), {"most": MOST_COLUMNS})
    for each in columns[:MOST_COLUMNS]:
        if each["code"] not in known:
            yield Reason(
                "unknown", "columns", N_("There is no column “%(code)s”."), {"code": each["code"][:40]}
            )
        if len(each["head"]) > LONGEST_HEAD:
            yield Reason("too_long", "columns", N_("At most %(most)s characters."), {"most": LONGEST_HEAD})


def columns_from(typed: str) -> list[dict[str, str]]:
    """The columns from lines such as "amount = Betrag"; a line without a head is headed by its code."""
    found = []
    for line in typed.splitlines():
        code, _, head = line.partition("=")
        if code.strip():
            found.append({"code": code.strip(), "head": head.strip() or code.strip()})
    return found


def journal_of(institution_id: int, month: str) -> list[list[Cell]]:
    """Every entry of a month in the institution's layout, heads first, in the order in which they were posted."""
    columns = layout_of(institution_id).columns
    transfer = _TRANSFER.c
    rows = db.session.execute(
        select(_TRANSFER)
        .where(transfer.institution_id == institution_id, transfer.month == month)
        .order_by(transfer.id)
    ).all()
    known = described({row.debit_id for row in rows} | {row.credit_id for row in rows})
    zone = db.session.get_one(Institution, institution_id).zone
    makers = [COLUMNS[each["code"]][1] for each in columns]
    return [
        [each["head"] for each in columns],
        *([make((row, known, _day(row.posted_at, zone))) for make in makers] for row in rows),
    ]


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
