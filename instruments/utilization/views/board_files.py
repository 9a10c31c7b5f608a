"""What a dashboard shows as files: a workbook of all its parts, and each part as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.rounding import exact, half_up, percent
from instruments.usage.kinds import GRADES
from instruments.utilization.asking import View
from instruments.utilization.boards.subjects import of_place
from instruments.utilization.boards.targets import targets_of
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.definitions import DEFINITIONS, EARNED, EVIDENCE_SUMS, MEASURES, SERVED, SHARE
from instruments.utilization.kept_dashboards import kept_dashboard
from instruments.utilization.known import is_unknown
from instruments.utilization.listing import evidence_cells, tenths
from instruments.utilization.peers import WHY
from instruments.utilization.places import Place, known_besides, sees_income, sees_unmet
from instruments.utilization.saying import Said
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.unmet import by_class, unmet
from instruments.utilization.views.beside import cells_of, earned_of, served_of
from instruments.utilization.views.board import lines_by, peers_of, steps_of
from instruments.utilization.views.doors import counting_words, name_of, not_known_words, pages, the_view
from instruments.utilization.views.file_cells import (
    TARGET_HEADS,
    change_cell,
    evidence_words,
    named_cell,
    number_cell,
    target_cells,
)
from instruments.utilization.views.income import BY_DAY
from instruments.utilization.views.matrix import matrix_of
from instruments.utilization.views.unmet import rows_by_class
from instruments.utilization.views.words import (
    GRADE_WORDS,
    heat_digits,
    hours_words,
    measure_name,
    name_in,
    period_words,
    trend_rows,
    weekday_words,
)
from instruments.utilization.week_use import A_DAY, DAYS
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.reasons import in_full

Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a dashboard shows, and to whom it may tell what was earned and what was looked for."""

    view: View
    place: Place
    found: Dashboard


def _figures(shown: Shown) -> Rows:
    found, peers = shown.found, peers_of(shown.found)
    heads = (
        N_("Figure"), N_("Value"), N_("Changed by"), N_("Elsewhere"), N_("Above"), N_("Below"), N_("n (instruments)"),
        N_("Definition"), N_("Version"), *TARGET_HEADS, N_("Evidence of the hours"),
    )  # fmt: skip
    rows: Rows = [[gettext(head) for head in heads]]
    lines = lines_by(shown.view, found, targets_of(of_place(shown.place)))
    for each in found.figures:
        figure, definition = each.figure, each.figure.definition
        value = number_cell(each.value) if each.value else gettext(figure.missing)
        change = change_cell(each.change, was_none=each.was_none)
        under = number_cell(each.under) if each.under else ""
        rows.append([
            named_cell(definition.name, definition.unit), value, change, _elsewhere(found, peers, figure.code),
            number_cell(each.over), under, figure.n, gettext(definition.words), definition.version,
            *target_cells(figure, lines.get(figure.code, ())), evidence_words(found.now, figure.code),
        ])  # fmt: skip
    return rows


def _elsewhere(found: Dashboard, peers: Mapping[str, Said], code: str) -> Any:
    if found.peers is not None and (found.peers.why or code in found.peers.withheld):
        return gettext("withheld")
    said = peers.get(code)
    return "" if said is None or said.value is None else number_cell(said.value)


def _evidence(shown: Shown) -> Rows:
    heads = [f"{gettext(MEASURES[code].name)} (%)" for code in EVIDENCE_SUMS]
    columns = [evidence_cells(shown.found.now, code) for code in EVIDENCE_SUMS]
    rows = [
        [gettext(GRADE_WORDS[grade]), *cells]
        for grade, *cells in zip(GRADES, *columns, strict=True)
        if any(cell != "" for cell in cells)
    ]
    return [[gettext("Evidence of the hours"), *heads], *rows]


def _week(shown: Shown) -> Rows:
    week = shown.found.week
    digits = max(1, heat_digits(max(week)))
    days = [
        [
            weekday_words(day),
            *(half_up(exact(week[day * A_DAY + hour]) * 100, digits) for hour in range(A_DAY)),
        ]
        for day in range(DAYS)
    ]
    return [[gettext("share of places in use, in percent"), *map(hours_words, range(A_DAY))], *days]


def _trend(shown: Shown) -> Rows:
    heads = [
        gettext("Month"),
        f"{gettext(measure_name(shown.view))} (%)",
        named_cell(DEFINITIONS["shared_by_hours"].name, SHARE),
        f"{gettext('Target')} (%)",
    ]
    target = targets_of(of_place(shown.place)).get(shown.view.utilization)
    return [
        heads,
        *(
            [month, _percent(used), _percent(outside), "" if target is None else percent(target)]
            for month, used, outside in trend_rows(shown.view, shown.found)
        ),
    ]


def _instruments(shown: Shown) -> Rows:
    found = shown.found.pareto
    heads = [
        gettext("from the most used to the least"),
        gettext("Instruments"),
        gettext("hours an instrument"),
        f"{gettext('share of all hours')} (%)",
    ]
    rows = enumerate(zip(found.counts, found.bars, found.shares, strict=True), 1)
    return [heads, *([bar, count, tenths(hours), _percent(share)] for bar, (count, hours, share) in rows)]


def _steps(shown: Shown) -> Rows:
    rows: Rows = [
        [gettext("Step"), gettext("Hours of the step"), f"{gettext('Share of the step before')} (%)"]
    ]
    for each in steps_of(shown.found):
        name = each["words"]
        rows.append([gettext(name), tenths(each["hours"]), _percent(each["share"])])
    return rows


def _matrix(shown: Shown) -> Rows:
    grid = matrix_of(shown.place, shown.found, whole=True)
    heads = [
        gettext("effective hours"),
        *(name_in(grid["names"], number) for number in grid["columns"]),
        gettext("All"),
    ]
    rows = [
        [
            name_in(grid["owner_names"], owner),
            *(_hours(grid["hours"].get((owner, number), 0)) for number in grid["columns"]),
            _hours(grid["sums"][owner]),
        ]
        for owner in grid["rows"]
    ]
    return [heads, *rows]


BESIDE_HEADS = (N_("Value"), N_("Changed by"), N_("n (instruments)"), N_("Definition"), N_("Version"))  # fmt: skip


def _served(shown: Shown) -> Rows:
    heads = [gettext(head) for head in (N_("Who was served"), *BESIDE_HEADS)]
    rows = [[gettext(each.definition.name), *cells_of(shown.found, each)] for each in served_of(shown.found)]
    return [heads, *rows]


def _income(shown: Shown) -> Rows:
    heads = [gettext(head) for head in (N_("What it earned"), N_("Currency"), *BESIDE_HEADS)]
    rows = [
        [gettext(each.definition.name), each.currency, *cells_of(shown.found, each)]
        for each in earned_of(shown.found)
    ]
    return [heads, *rows]


def _unmet(shown: Shown) -> Rows:
    return rows_by_class(by_class(unmet(shown.place.chosen, shown.view.period)))


def _percent(share: float | None) -> Decimal | str:
    return "" if share is None else percent(share)


def _hours(milliseconds: int) -> Decimal:
    return tenths(milliseconds / 3_600_000)


PARTS: Mapping[str, tuple[str, Callable[[Shown], Rows]]] = {
    "figures": (N_("All figures"), _figures), "evidence": (N_("Evidence of the hours"), _evidence),
    "week": (N_("When instruments are used"), _week), "trend": (N_("Trend"), _trend),
    "instruments": (N_("Instruments by hours"), _instruments), "steps": (N_("From open hour to used hour"), _steps),
    "matrix": (N_("Who uses whose"), _matrix), "served": (N_("Who was served"), _served),
    "income": (N_("What it earned"), _income), "unmet": (N_("Looked for in vain"), _unmet),
}  # fmt: skip


@pages.get("/utilization/board.xlsx")
def board_workbook() -> ResponseReturnValue:
    """All parts of a dashboard as a workbook, with what each means."""
    shown = _asked()
    sheets = [
        Sheet(gettext(title)[:31], make(shown), (36,))
        for code, (title, make) in PARTS.items()
        if _may_see(code, shown.place) and not _is_unknown(shown)
    ]
    return download(as_xlsx(*sheets, _about(shown)), "xlsx", _name("utilization", shown.view))


@pages.get("/utilization/board-<part>.csv")
def board_part(part: str) -> ResponseReturnValue:
    """One part of a dashboard."""
    shown = _asked()
    if part not in PARTS or not _may_see(part, shown.place):
        raise NotFound([Reason("no_part", None, N_("There is no such part of a dashboard."))])
    rows = [not_known_words(shown.view.period)] if _is_unknown(shown) else PARTS[part][1](shown)
    return download(as_csv(rows), "csv", _name(part, shown.view))


def _is_unknown(shown: Shown) -> bool:
    """Whether the page shows nothing, since records begin after the period."""
    return is_unknown(shown.view.period, shown.found.begun)


def _asked() -> Shown:
    view, place = the_view()
    bring_up_to_date(view, place, clock.now())
    known = known_besides(the_actor(), place)
    found = kept_dashboard(place.chosen, place.institution_id, view.period, view.other, clock.now(), known)
    return Shown(view, place, found)


def _may_see(part: str, place: Place) -> bool:
    asks = {"income": sees_income, "unmet": sees_unmet}.get(part)
    return asks is None or asks(the_actor(), place)


def _about(shown: Shown) -> Sheet:
    view, place = shown.view, shown.place
    rows: list[Sequence[Any]] = [
        [gettext("Figures of"), name_of(place)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Compared with"), period_words(view.other)], [gettext("Class"), view.class_code or gettext("All classes")],
        *([in_full(why)] for why in [shown.found.not_compared] if why is not None),
        *([sentence] for sentence in counting_words(place.chosen, view.period)),
        *([gettext("Elsewhere"), gettext(WHY[each.why])] for each in [shown.found.peers] if each is not None and each.why),
        *([gettext(each.name), gettext(each.words)] for each in (*MEASURES.values(), *SERVED.values())),
    ]  # fmt: skip
    if sees_income(the_actor(), place):
        rows += [*([gettext(each.name), gettext(each.words)] for each in EARNED.values()), [gettext(BY_DAY)]]
    return Sheet(gettext("Definitions"), rows, (36, 60))


def _name(what: str, view: View) -> str:
    return f"{what}-{view.of}-{view.period.code.replace('/', '-')}"
