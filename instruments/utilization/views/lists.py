"""Lists of instruments that somebody should look at, as pages and files: idle, to be opened, hard to believe, value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.utilization.asking import View
from instruments.utilization.idle_answers import Said, labs_of, said_of
from instruments.utilization.listing import tenths
from instruments.utilization.places import Place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.thresholds import thresholds
from instruments.utilization.views.doors import counted, counting_words, name_of, pages, the_view
from instruments.utilization.views.tables import A_PAGE
from instruments.utilization.views.which import WHICH_HEADS, WHICH_WIDTHS, named, which_cells, which_words
from instruments.utilization.views.words import period_words, words
from instruments.utilization.watch_lists import LISTS, WatchList
from instruments.utilization.watching import Shown, Watched, shown, watched
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.fields import page_of

IDLE = "idle"
MOST_LABS = 50
HEADS = (
    N_("Instrument"),
    *WHICH_HEADS,
    N_("Bookable hours"),
    N_("Effective hours"),
    N_("Used last"),
    N_("Original value"),
    N_("Currency"),
    N_("What may be the reason"),
)
FLAGGED_USES, LONG_USES = N_("Uses with flags"), N_("Uses of 24 hours and more")


@pages.get("/utilization/lists/<which>")
def watch_list(which: str) -> ResponseReturnValue:
    """The instruments on a list, each with its reason."""
    view, place, list_, rows = _asked(which)
    page = page_of(len(rows), A_PAGE)
    some = rows[(page - 1) * A_PAGE : page * A_PAGE]
    return render_template(
        "utilization/watch_list.html",
        view=view, place=place, place_name=name_of(place), which=which, lists=LISTS, named=list_, rows=some, total=len(rows),
        page=page, full_hours=thresholds().full_hours, size=A_PAGE, facts=shown([row.instrument_id for row in some]),
        base=url_for(".watch_list", which=which, **view.fields()), counted=counted(place.chosen, view.period),
        which_words=which_words,
        **_answers(which, view, place, rows, some), **words(),
    )  # fmt: skip


def _answers(
    which: str, view: View, place: Place, rows: Sequence[Watched], some: Sequence[Watched]
) -> dict[str, Any]:
    """Of idle instruments: what their labs answered, and which labs can be asked by whoever looks."""
    if which != IDLE:
        return {"said": {}, "labs": [], "asks": False, "most_labs": MOST_LABS}
    scope = Scope(institution_id=place.institution_id, lab_id=place.lab_id)
    over = view.period.end <= clock.now().date()
    return {
        "said": said_of([row.instrument_id for row in some], view.period),
        "labs": labs_of([row.instrument_id for row in rows], view.period) if over else [],
        "most_labs": MOST_LABS,
        "asks": over and may(the_actor(), Action.IDLE_ASK, scope),
    }


@pages.get("/utilization/lists/<which>.<any(xlsx, csv):kind>")
def watch_file(which: str, kind: str) -> ResponseReturnValue:
    """All of a list as a file."""
    view, place, list_, rows = _asked(which)
    facts = shown([row.instrument_id for row in rows])
    body = [[gettext(head) for head in HEADS], *(_cells(row, facts[row.instrument_id]) for row in rows)]
    if which == IDLE:
        said = said_of([row.instrument_id for row in rows], view.period)
        body[0].append(gettext("What the lab says"))
        for cells, row in zip(body[1:], rows, strict=True):
            cells.append(_said(said.get(row.instrument_id)))
    if list_.asks_uses:
        body[0] += [gettext(FLAGGED_USES), gettext(LONG_USES)]
        for cells, row in zip(body[1:], rows, strict=True):
            cells += row.doubts
    name = f"{which}-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), name_of(place)],
        [gettext("Period shown"), period_words(view.period)],
        [gettext(list_.name), gettext(list_.words)],
        *([sentence] for sentence in counting_words(place.chosen, view.period)),
    ]
    sheets = (Sheet(gettext(list_.name), body, WHICH_WIDTHS), Sheet(gettext("Definitions"), about, (30, 60)))
    return download(as_xlsx(*sheets), kind, name)


def _asked(which: str) -> tuple[View, Place, WatchList, list[Watched]]:
    view, place = the_view()
    if which not in LISTS:
        raise NotFound([Reason("no_list", None, N_("There is no such list."))])
    now = clock.now()
    bring_up_to_date(view, place, now)
    return view, place, LISTS[which], watched(LISTS[which], place.chosen, view.period, now)


def _said(said: Said | None) -> str:
    """What a lab answered, or when it was asked, as the page tells it."""
    if said is None or said.answer:
        return said.answer if said else ""
    return gettext("The lab was asked on %(day)s.", day=said.asked_on.isoformat())


def _cells(row: Watched, facts: Shown) -> list[Any]:
    return [
        named(facts.which), *which_cells(facts.which),
        tenths(row.totals.measure("bookable")), tenths(row.totals.measure("effective")),
        facts.last_day.isoformat() if facts.last_day else gettext("never here"),
        "" if facts.value is None else facts.value, facts.currency, gettext(row.reason),
    ]  # fmt: skip
