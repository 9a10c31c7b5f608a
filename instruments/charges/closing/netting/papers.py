"""What two institutions net as a printed document and as a workbook, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.charges.closing.letterheads import sender
from instruments.charges.closing.netting.seeing import Part, Shown
from instruments.charges.closing.netting.words import STATES, why_lapsed
from instruments.charges.closing.papers import full_day, number_of, payer_lines
from instruments.charges.settlement_models import ACCEPTED
from instruments.documents.paper import RIGHT, Column, Letterhead, Paper, Paragraphs, Table
from instruments.documents.sheets import Cell, Sheet
from instruments.money import Money
from instruments.people.models import Institution
from instruments.web import formats, wording
from instruments.web.language import in_language, is_chinese


def title_of(shown: Shown) -> str:
    """What the document is: a proposal until both accepted."""
    number = shown.row.id
    if shown.row.state == ACCEPTED:
        return gettext("Netting statement %(number)s", number=number)
    return gettext("Netting proposal %(number)s", number=number)


def paper_of(shown: Shown) -> Paper:
    """The document on the letterhead of whoever proposed it, addressed to the other."""
    writes, reads = (shown.side, shown.other) if shown.is_own else (shown.other, shown.side)
    letterhead = sender(writes.id)
    name = in_language(letterhead["name_en"], letterhead["name_zh"])
    details = (in_language(letterhead["address_en"], letterhead["address_zh"]), letterhead["contact"])
    title, open_ = title_of(shown), shown.row.state != ACCEPTED
    return Paper(
        language="zh" if is_chinese() else "en",
        title=title,
        letterhead=Letterhead((name,), tuple(each for each in details if each), (_name(reads),)),
        facts=tuple(facts_of(shown)),
        blocks=(*(_table(shown, home) for home in (writes, reads)), Paragraphs(tuple(_ending(shown)))),
        stamp=gettext(STATES[shown.row.state]) if open_ else "",
        footer=f"{title} · {name} · {_name(reads)}",
        page_of=gettext("Page {page} of {pages}"),
    )


def facts_of(shown: Shown) -> list[tuple[str, str]]:
    """What it comes to and how far it is, as pairs of label and value."""
    row = shown.row
    found = [
        (gettext("Netted") if row.state == ACCEPTED else gettext("To be netted"), _full(shown, row.netted_units)),
        (gettext("State"), gettext(STATES[row.state])),
        (gettext("Proposed"), _when(row.proposed_at, shown.side)),
    ]  # fmt: skip
    for each in shown.acceptances:
        said = "–"
        if each.person is not None and each.at is not None:
            person = in_language(each.person.name_en, each.person.name_zh)
            said = f"{_when(each.at, each.home)} · {person}"
        found.append((gettext("Accepted by %(name)s", name=_name(each.home)), said))
    return found


def _table(shown: Shown, creditor: Institution) -> Table:
    """The statements that one of the two is owed."""
    parts = shown.owed_to(creditor)
    other = shown.other if creditor.id == shown.side.id else shown.side
    return Table(
        (
            Column(gettext("Statement")), Column(gettext("Month")), Column(gettext("Payer"), width=2),
            Column(gettext("Due")), Column(gettext("To pay"), RIGHT), Column(gettext("Netted"), RIGHT),
            Column(gettext("Stays to be paid"), RIGHT),
        ),
        tuple(
            (
                number_of(part.statement), formats.month(part.statement.month), "\n".join(payer_lines(part.statement.payer)),
                full_day(part.statement.due_on),
                *(_plain(shown, units) for units in (part.left, part.netted, part.remains)),
            )
            for part in parts
        ),
        (("", gettext("Total"), "", "", *(_plain(shown, units) for units in _sums(parts))),),
        title=gettext(
            "%(payer)s owes %(creditor)s, %(currency)s",
            payer=_name(other), creditor=_name(creditor), currency=shown.row.currency,
        ),
    )  # fmt: skip


def _sums(parts: Sequence[Part]) -> tuple[int, int, int]:
    left, taken = sum(part.left for part in parts), sum(part.netted for part in parts)
    return left, taken, left - taken


def _ending(shown: Shown) -> list[str]:
    row = shown.row
    texts = [
        gettext(
            "%(payer)s then still has to pay %(creditor)s %(amount)s.",
            payer=_name(home), creditor=_name(other), amount=_full(shown, shown.pays_after(home)),
        )
        for home, other in ((shown.side, shown.other), (shown.other, shown.side))
        if shown.pays_after(home)
    ]  # fmt: skip
    if row.state == ACCEPTED:
        texts.append(gettext("Both statements stand in full; so much of each is settled without a transfer."))
    else:
        texts.append(gettext("It binds nobody until the finance offices of both accept it."))
    if row.reason:
        texts.append(wording.own_words(row.reason, "zh" if is_chinese() else "en"))
    return [*texts, *why_lapsed(shown)]


def sheets_of(shown: Shown) -> list[Sheet]:
    """It as a workbook: what it comes to, and the statements of both."""
    row = shown.row
    head: list[list[Cell]] = [[title_of(shown), ""], *([label, value] for label, value in facts_of(shown))]
    for home, other in ((shown.side, shown.other), (shown.other, shown.side)):
        label = gettext("%(payer)s owes %(creditor)s", payer=_name(home), creditor=_name(other))
        head.append([label, _exact(shown, shown.owes(home))])
    heads: list[Cell] = [
        gettext("From"), gettext("To"), gettext("Statement"), gettext("Month"), gettext("Due"), gettext("Currency"),
        gettext("To pay"), gettext("Netted"), gettext("Stays to be paid"),
    ]  # fmt: skip
    names = {shown.side.id: _name(shown.side), shown.other.id: _name(shown.other)}
    lines: list[list[Cell]] = [
        [
            names[part.statement.creditor_id], names[part.statement.payer_institution_id],
            number_of(part.statement), part.statement.month, f"{part.statement.due_on:%Y-%m-%d}", row.currency,
            *(_exact(shown, units) for units in (part.left, part.netted, part.remains)),
        ]
        for part in shown.parts
    ]  # fmt: skip
    return [
        Sheet(gettext("Netting"), head, (40, 40)),
        Sheet(gettext("Statements"), [heads, *lines], (30, 30, 14, 10, 12, 10, 14, 14, 16)),
    ]


def _name(home: Institution) -> str:
    return in_language(home.name_en, home.name_zh)


def _when(moment: datetime, home: Institution) -> str:
    return full_day(moment.astimezone(ZoneInfo(home.zone)).date())


def _exact(shown: Shown, units: int) -> Decimal:
    return Money.from_units(units, shown.row.currency).amount


def _plain(shown: Shown, units: int) -> str:
    return wording.amount(_exact(shown, units), shown.row.currency)


def _full(shown: Shown, units: int) -> str:
    return wording.money(_exact(shown, units), shown.row.currency, "zh" if is_chinese() else "en")
