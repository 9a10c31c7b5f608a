"""What a group, a company or the people of an institution used, wherever it stood: page and files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization import asking, periods
from instruments.utilization.asking import View
from instruments.utilization.definitions import MEASURES
from instruments.utilization.listing import tenths
from instruments.utilization.sums import Selection
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.users import BY, UsedRow, rows_of, used
from instruments.utilization.views.board import months_to_choose
from instruments.utilization.views.doors import counted, pages
from instruments.utilization.views.tables import A_PAGE, BY_WORDS, key_name
from instruments.utilization.views.words import period_words, words
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.language import in_language

A_YEAR = timedelta(days=366)
MEANING = MEASURES["effective"].words


@pages.get("/groups/<int:group_id>/utilization")
def of_group(group_id: int) -> ResponseReturnValue:
    """What a group used."""
    return _page(group_of(group_id, the_actor()))


@pages.get("/groups/<int:group_id>/utilization.<any(xlsx, csv):kind>")
def group_file(group_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(group_of(group_id, the_actor()), kind)


@pages.get("/institutions/<int:institution_id>/used")
def of_people(institution_id: int) -> ResponseReturnValue:
    """What the people of an institution or company used."""
    return _page(people_of(institution_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used.<any(xlsx, csv):kind>")
def people_file(institution_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(people_of(institution_id, the_actor()), kind)


def _page(whose: Whose) -> ResponseReturnValue:
    view, by = _view(), _by()
    now = clock.now()
    found = used(whose.user, view.period, now)
    year = periods.between(view.period.last - A_YEAR, view.period.last)
    rows, page = rows_of(found, by), max(1, request.args.get("page", 1, int))
    fields = {"period": view.period.code, "by": by}
    return render_template(
        "utilization/users.html",
        whose=whose, whose_name=in_language(whose.name_en, whose.name_zh), view=view, by=by, by_words=BY_WORDS, ways=BY,
        rows=rows[(page - 1) * A_PAGE : page * A_PAGE], total=len(rows), page=page, size=A_PAGE, fields=fields,
        address=whose.address, base=f"{whose.address}?period={view.period.code}&by={by}", row_name=_name,
        hours=sum(each.effective for each in found) / 3_600_000, uses=sum(each.uses for each in found),
        samples=sum(each.samples for each in found), instruments=len({each.instrument_id for each in found}),
        elsewhere=_elsewhere(whose, found), owners=len({each.institution_id for each in found}),
        months=rows_of(used(whose.user, year, now), "month"), choices=months_to_choose(view),
        counted=counted(Selection(), view.period), **words(),
    )  # fmt: skip


def _file(whose: Whose, kind: str) -> ResponseReturnValue:
    view, by = _view(), _by()
    rows = rows_of(used(whose.user, view.period, clock.now()), by)
    head = [
        gettext(BY_WORDS[by]),
        gettext("Effective hours"),
        gettext("Uses"),
        gettext("Samples handled"),
        gettext("Instruments"),
    ]
    body = [
        head,
        *([_name(by, row), tenths(row.hours), row.uses, row.samples, row.instruments] for row in rows),
    ]
    name = f"used-{whose.code}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), in_language(whose.name_en, whose.name_zh)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Effective hours"), gettext(MEANING)],
    ]  # fmt: skip
    return download(
        as_xlsx(Sheet(gettext("Figures"), body, (40,)), Sheet(gettext("Definitions"), about, (36, 60))),
        kind,
        name,
    )


def _view() -> View:
    """The period of the address; nothing else is chosen here."""
    return asking.read({"period": request.args.get("period", "")}, clock.now().date())


def _by() -> str:
    by = request.args.get("by") or BY[0]
    if by not in BY:
        raise NotFound([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    return by


def _name(by: str, row: UsedRow) -> str:
    return key_name(by, row.key, in_language(row.name_en, row.name_zh))


def _elsewhere(whose: Whose, found: list[Any]) -> float | None:
    """Which share of the hours was on instruments of other institutions; None where there were none."""
    whole = sum(each.effective for each in found)
    away = sum(each.effective for each in found if each.institution_id != whose.institution_id)
    return away / whole if whole else None
