"""Write the price lists of a lab as one sheet that can be edited and brought back; unchanged it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from instruments.database import db
from instruments.documents.sheets import Cell, Sheet, as_xlsx
from instruments.people.models import Lab
from instruments.rates.changing import cards_of_lab, holding
from instruments.rates.described import Described
from instruments.rates.drafting import described
from instruments.rates.looking import modes_of
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, owner_of_card
from instruments.rates.sheets.checking import classes_of
from instruments.rates.sheets.columns import FIXED, PRICE, Class, headings, word_of
from instruments.rates.sheets.rows import Line, lines_written
from instruments.rates.sheets.whose import code_of
from instruments.rates.terms import ASSISTED, DRAFT, MODES, PUBLISHED

SHEET, NOTES = "价格 Prices", "说明 Notes"
WIDTHS = (16, 28, 26, 20, 18, 18, 12, 20, 20, 9, 9, 18)
NOTES_WIDTHS = (26, 60, 60)


def exported(lab: Lab, day: date, card_id: int | None = None) -> list[tuple[CardOwner, RateVersion]]:
    """Of each card of a lab, or of one, the version that holds on a day, else the next to come, else the newest draft."""
    cards = [card for card in cards_of_lab(lab.id) if card_id in (None, card.id)]
    held = holding([card.id for card in cards], day)
    found = [(owner_of_card(card), held.get(card.id) or _other(card, day)) for card in cards]
    return [(owner, row) for owner, row in found if row is not None]


def _other(card: RateCard, day: date) -> RateVersion | None:
    row = RateVersion
    rows = db.session.scalars(
        select(row).where(row.card_id == card.id).order_by(row.valid_from, row.id)
    ).all()
    coming = (each for each in rows if each.state == PUBLISHED and each.valid_from > day)
    drafts = (each for each in reversed(rows) if each.state == DRAFT)
    return next(coming, None) or next(drafts, None)


def table(lab: Lab, versions: Iterable[tuple[CardOwner, RateVersion]], *, chinese: bool) -> list[list[Cell]]:
    """The header and the rows of these versions; words in one language, which an import understands in both."""
    classes = classes_of(lab.id)
    rows = [
        _row(owner, line, classes, chinese=chinese)
        for owner, version in versions
        for line in lines_written(described(version), version.id)
    ]
    return [list[Cell](headings(classes)), *rows]


def template(lab: Lab, now: datetime, *, chinese: bool) -> list[list[Cell]]:
    """A sheet to fill in: the lab's own list with what usually counts, an hour in each mode, an operator where there is one."""
    owner, classes = CardOwner("lab", lab, lab), classes_of(lab.id)
    said = Described(date(owner.today(now).year + 1, 1, 1))
    modes = [mode for mode in MODES if mode in modes_of(owner)] or list(MODES[:1])
    units = [(mode, "hour") for mode in modes] + [(ASSISTED, "operator_hour")] * (ASSISTED in modes)
    lines = [*lines_written(said), *(Line(PRICE, (), {"mode": mode, "unit": unit}) for mode, unit in units)]
    return [list[Cell](headings(classes)), *(_row(owner, line, classes, chinese=chinese) for line in lines)]


def _row(owner: CardOwner, line: Line, classes: Sequence[Class], *, chinese: bool) -> list[Cell]:
    cells = {"list": code_of(owner), "name": _name(owner, chinese=chinese), "what": line.what} | dict(
        line.cells
    )
    fixed: list[Cell] = []
    for each in FIXED:
        words = line.what if each.value == "value" and not line.key else each.value
        fixed.append(word_of(words, cells.get(each.value, ""), chinese=chinese))
    amounts: list[Cell] = [
        Decimal(cells[each.key]) if each.key in cells and line.what == PRICE else "" for each in classes
    ]
    return fixed + amounts


def _name(owner: CardOwner, *, chinese: bool) -> str:
    if owner.kind == "lab":
        return "适用于所有仪器" if chinese else "For all instruments"
    return str(
        (owner.row.name_zh if chinese else owner.row.name_en) or owner.row.name_en or owner.row.name_zh
    )


def workbook(rows: Sequence[Sequence[Cell]], notes: Sequence[Sequence[str]]) -> bytes:
    """The rows as a workbook, with a second sheet that explains them."""
    return as_xlsx(Sheet(SHEET, rows, WIDTHS), Sheet(NOTES, notes, NOTES_WIDTHS))
