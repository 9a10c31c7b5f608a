"""The dashboard: how well the hours of a place are used, by which definition, and what stands behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.errors import N_, Refusal
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.utilization import periods
from instruments.utilization.asking import AGAINST, INSTITUTION, INSTRUMENT, PLATFORM, View
from instruments.utilization.boards.lines import Line, lines_of
from instruments.utilization.boards.saving import may_share, views_of
from instruments.utilization.boards.subjects import OF_PLACES, of_place
from instruments.utilization.boards.targets import targets_of
from instruments.utilization.classes import classes_of
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.definitions import BESIDE, DEFINITIONS, HOURS, MEASURES, OF_INSTRUMENTS
from instruments.utilization.kept_dashboards import kept_dashboard
from instruments.utilization.peers import WHY
from instruments.utilization.places import (
    Place,
    known_besides,
    places_of,
    sees_income,
    sees_reservations,
    sees_unmet,
)
from instruments.utilization.reserved_rows import FIGURES as COUNT_RESERVATIONS
from instruments.utilization.saying import Said, said
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.totals import Totals
from instruments.utilization.unmet import by_class, unmet
from instruments.utilization.views.beside import beside_of
from instruments.utilization.views.doors import counted, name_of, page_of_use, pages, the_view
from instruments.utilization.views.matrix import matrix_of
from instruments.utilization.views.words import words
from instruments.web import clock, formats
from instruments.web.reasons import by_field

TILES = ("effective", "external", "shared_by_hours", "shared_by_count", "no_show_rate")
STEPS = ("open", "bookable", "reserved", "attended", "effective", "external")
PER = {
    "bookable": N_("of bookable hours"), "open": N_("of open hours"), "calendar": N_("of calendar hours"),
    "rated": N_("against rated hours"), "survey": N_("against 1,600 h a year"),
}  # fmt: skip
HOURS_FIGURES = [code for code in OF_PLACES if DEFINITIONS[code].unit == HOURS]


@pages.get("/utilization")
def board() -> ResponseReturnValue:
    """The figures of a place in a period, each with its definition; where the address is none, the usual ones and why.

    What is somebody's use has a page of its own, which looks whether whoever asks may see it.
    """
    if elsewhere := page_of_use():
        return redirect(elsewhere)
    try:
        view, place = the_view()
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return page_of(*the_view({}), by_field(refusal)), 422
    return page_of(view, place)


def page_of(
    view: View, place: Place, refused: Mapping[str, Any] | None = None, typed: Mapping[str, str] | None = None
) -> str:
    """The dashboard; refused: why something was not done, by field; typed: what a form of it was sent with."""
    bring_up_to_date(view, place, clock.now())
    now = clock.now()
    known = known_besides(the_actor(), place)
    found = kept_dashboard(place.chosen, place.institution_id, view.period, view.other, now, known)
    return render_template(
        "utilization/board.html",
        view=view, place=place, place_name=name_of(place), found=found, tiles=_tiles(view, found),
        opened=view.open or view.utilization, all_figures=found.figures, elsewhere=peers_of(found),
        counted=counted(place.chosen, view.period),
        steps=steps_of(found), **evidence_under(found.now, view.open or view.utilization), grid=matrix_of(place, found),
        reviews_of=_reviews_of(place), earned=sees_income(the_actor(), place),
        wishes=by_class(unmet(place.chosen, view.period)) if sees_unmet(the_actor(), place) else None,
        **_kept(view, place, found),
        choices=_choices(view, place), per_words=PER, why_not=WHY, until=_until(view),
        ahead=view.period.first > clock.now().date(), refused=refused or {}, typed=typed,
        tile_address=lambda code: _address_of(view, code),
        rows_behind=lambda code: _rows_behind(view, place, code, DEFINITIONS[code].over, found.now),
        rows_below=lambda code: _rows_behind(view, place, code, DEFINITIONS[code].under, found.now),
        whole_n=found.now.n, **beside_of(view, place, found),
        **words(),
    )  # fmt: skip


def _address_of(view: View, code: str) -> str:
    """Where a figure is opened."""
    return url_for("utilization.board", **view.fields(open=code)) + (
        "#beside" if code in BESIDE else "#tiles"
    )


def _rows_behind(view: View, place: Place, code: str, measure: str, totals: Totals) -> tuple[str, str] | None:
    """Where the rows of what stands above or below the line of a figure are, and what the link says: the instruments that have
    any of it, or of one its uses or reservations."""
    definition = DEFINITIONS[code]
    if code in COUNT_RESERVATIONS and view.kind != PLATFORM:
        # The platform has too many to be gone through one by one.
        return _reservations_behind(view, code, measure) if sees_reservations(the_actor(), place) else None
    if view.kind != INSTRUMENT:
        known = {**totals.under, **{name: totals.sums.get(name, 0) for name in OF_INSTRUMENTS}}
        address = url_for("utilization.table", order=measure, having=measure, **view.fields(open=code))
        if (count := known.get(measure)) is None:
            return address, gettext("The instruments behind it")
        sentence = ngettext(
            "%(count)s instrument behind it",
            "%(count)s instruments behind it",
            count,
            count=formats.count(count),
        )
        return address, sentence
    if measure == definition.under:
        return None
    return url_for("utilization.uses", **view.fields()), gettext("Uses behind the figure")


def _reservations_behind(view: View, code: str, measure: str) -> tuple[str, str]:
    fields = {"of": view.of, "period": view.period.code, "figure": code}
    if view.class_code:
        fields["class"] = view.class_code
    if measure == "no_shows":
        return url_for("utilization.reservations", missed="yes", **fields), gettext("The no-shows one by one")
    return url_for("utilization.reservations", **fields), gettext("Reservations behind the figure")


def _kept(view: View, place: Place, found: Dashboard) -> dict[str, Any]:
    """Saved views, and what figures are held against; targets: who may set those of the place."""
    actor, subject = the_actor(), of_place(place)
    set_ = targets_of(subject)
    return {
        "saved": views_of(actor), "shares": may_share(actor), "person_id": actor.person_id,
        "lines": lines_by(view, found, set_),
        "publishes": place.kind == INSTITUTION and may(actor, Action.UTILIZATION_PUBLISH, subject.scope),
        "sets": may(actor, subject.action, subject.scope), "target_figures": subject.figures,
        "target_line": set_.get(view.utilization), "hours_figures": HOURS_FIGURES,
    }  # fmt: skip


def lines_by(view: View, found: Dashboard, targets: Mapping[str, Fraction]) -> dict[str, list[Line]]:
    """By figure, what it is held against."""
    return {code: lines_of(found.now.figure(code), view.period, targets.get(code)) for code in OF_PLACES}


def _reviews_of(place: Place) -> int | None:
    """Of which institution the purchase reviews are offered here."""
    scope = Scope(institution_id=place.institution_id)
    sees = place.kind == INSTITUTION and may(the_actor(), Action.PURCHASE_SEE, scope)
    return place.institution_id if sees else None


def _tiles(view: View, found: Dashboard) -> list[Said]:
    return [said(found.now.figure(code), found.before(code)) for code in (view.utilization, *TILES)]


def peers_of(found: Dashboard) -> dict[str, Said]:
    """The same figures of the class elsewhere, by their code; none where they are withheld or there is no elsewhere."""
    figures = {} if found.peers is None else found.peers.figures
    return {code: said(figure) for code, figure in figures.items()}


def steps_of(found: Dashboard) -> list[dict[str, Any]]:
    """From open to external hours: the hours, their part of the widest, their share of the step before.

    Time may be reserved or attended beside the step before; where that makes more than there was of it, there is no share.
    """
    hours = [float(found.now.measure(name)) for name in STEPS]
    widest = max([*hours, 1e-9])
    before = [float(found.now.measure("calendar")), *hours]
    return [
        {
            "code": code,
            "words": MEASURES[code].name,
            "hours": hour,
            "part": hour / widest,
            "share": hour / last if last and hour <= last else None,
        }
        for code, hour, last in zip(STEPS, hours, before, strict=False)
    ]


def evidence_under(totals: Totals, opened: str) -> dict[str, Any]:
    """Of the hours above the line of the figure that is opened; evidence_of: whose it is, "" where it has none."""
    known = None if opened in BESIDE else totals.evidence(opened)
    parts = [(grade, float(part)) for grade, part in known.parts] if known else []
    return {"evidence": parts, "evidence_of": known.of if known else ""}


def _choices(view: View, place: Place) -> dict[str, Sequence[Any]]:
    return {
        "places": places_of(the_actor()),
        "classes": classes_of(place.chosen),
        "months": months_to_choose(view),
        "against": AGAINST,
    }


def months_to_choose(view: View) -> list[str]:
    """Periods to choose from: the months of two years, quarters and years around, and the one that is shown."""
    today = clock.now().date()
    found, month = [], periods.month(today)
    for _ in range(24):
        found.append(month.code)
        month = month.before
    years = [periods.year(today), periods.year(today).before, periods.academic_year(today)]
    years.append(years[-1].before)
    quarter = periods.quarter(today)
    codes = [*found, *(each.code for each in (quarter, quarter.before, quarter.before.before, *years))]
    return codes if view.period.code in codes else [view.period.code, *codes]


def _until(view: View) -> bool:
    """Whether the period is still running."""
    return view.period.end > clock.now().date()
