"""The reservations behind figures that count them, row by row, as pages and as files: no-shows, lead time, late cancellations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.signing import the_actor
from instruments.utilization.asking import PLATFORM
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.listing import fine_hours, tenths
from instruments.utilization.naming import which_of
from instruments.utilization.periods import Period
from instruments.utilization.places import sees_companies, sees_reservations
from instruments.utilization.reserved_kept import condition_of, sums_of, unused_sum
from instruments.utilization.reserved_rows import (
    FIGURES,
    NO_SHOWS,
    UNUSED,
    ReservedRow,
    ReservedSums,
    reserved_rows,
)
from instruments.utilization.sums import Selection
from instruments.utilization.unused_rows import unused_hours
from instruments.utilization.user_places import Whose, group_of, people_of, reservations_of
from instruments.utilization.users import User
from instruments.utilization.views.doors import name_of, pages, the_view
from instruments.utilization.views.user_doors import name_of_whose, view_of
from instruments.utilization.views.which import (
    NOTHING,
    WHICH_HEADS,
    name_cell,
    named,
    which_cells,
    which_words,
)
from instruments.utilization.views.words import A_PAGE, customer_words, period_words, words
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

HEADS = (
    N_("Starts"), N_("Ends"), N_("Instrument"), N_("User"), N_("Of"), N_("Reserved hours"), N_("Booked on"),
    N_("Hours ahead"), N_("Nobody came"),
)  # fmt: skip
NOT_TOLD = N_("Reservations are told of an institution, a lab or an instrument, to who may see them.")
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Shown:
    """Reservations of whom or what, in which period, counted by which figure; address: of the figures they are behind."""

    name: str
    code: str
    period: Period
    figure: str
    of: Selection | User
    companies: bool
    missed: bool
    address: str
    base: str

    @property
    def kind(self) -> str:
        """Of what kind of place or users they are."""
        return self.code.partition("-")[0]

    def rows(self, first: int = 0, most: int | None = None) -> Sequence[ReservedRow]:
        """So many of them."""
        return reserved_rows(
            condition_of(self.of), self.period, clock.now(), self.figure, companies=self.companies, missed=self.missed,
            first=first, most=most,
        )  # fmt: skip

    def unused(self, rows: Sequence[ReservedRow]) -> Mapping[int, float] | None:
        """The hours of each in which nobody came, where the figure is made of them."""
        return unused_hours(rows, self.period, clock.now()) if self.figure == UNUSED else None

    def hours_unused(self) -> float | None:
        """What they come to."""
        return unused_sum(self.of, self.period, clock.now()) if self.figure == UNUSED else None

    def sums(self) -> ReservedSums:
        """What all come to."""
        return sums_of(self.of, self.period, clock.now(), self.figure, missed=self.missed)


@pages.get("/utilization/reservations")
def reservations() -> ResponseReturnValue:
    """Those of an institution, a lab or an instrument."""
    return _page(_of_place())


@pages.get("/utilization/reservations.<any(xlsx, csv):kind>")
def reservations_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(_of_place(), kind)


@pages.get("/groups/<int:group_id>/utilization/reservations")
def reservations_of_group(group_id: int) -> ResponseReturnValue:
    """Those of a group."""
    return _page(_of_users(group_of(group_id, the_actor())))


@pages.get("/groups/<int:group_id>/utilization/reservations.<any(xlsx, csv):kind>")
def group_reservations_file(group_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(_of_users(group_of(group_id, the_actor())), kind)


@pages.get("/institutions/<int:institution_id>/used/reservations")
def reservations_of_people(institution_id: int) -> ResponseReturnValue:
    """Those of the people of an institution or company."""
    return _page(_of_users(people_of(institution_id, the_actor())))


@pages.get("/institutions/<int:institution_id>/used/reservations.<any(xlsx, csv):kind>")
def people_reservations_file(institution_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(_of_users(people_of(institution_id, the_actor())), kind)


def _of_place() -> Shown:
    view, place = the_view()
    if view.kind == PLATFORM or not sees_reservations(the_actor(), place):
        raise NotFound([Reason("of", "of", NOT_TOLD)])
    query = "&".join(f"{name}={value}" for name, value in view.fields().items())
    base = f"/utilization/reservations?of={view.of}" + (
        f"&class={view.class_code}" if view.class_code else ""
    )
    return Shown(
        name_of(place), view.of, view.period, _figure(), place.chosen, sees_companies(the_actor(), place),
        _missed(), f"/utilization?{query}", base,
    )  # fmt: skip


def _of_users(of: Whose) -> Shown:
    reservations_of(of, the_actor())
    view = view_of(of)
    base = f"{view.path}/reservations?against={view.against}"
    # Whoever may see these at all answers for those who reserved them.
    return Shown(
        name_of_whose(of), of.code, view.period, _figure(), of.user, True, _missed(), view.address(), base
    )  # fmt: skip


def _missed() -> bool:
    """Whether only those are asked for to which nobody came."""
    return request.args.get("missed") == "yes"


def _figure() -> str:
    asked = request.args.get("figure") or NO_SHOWS
    if asked not in FIGURES:
        raise NotFound([Reason("figure", "figure", N_("This figure does not count reservations."))])
    return asked


def _page(shown: Shown) -> ResponseReturnValue:
    sums = shown.sums()
    page = page_of(sums.count, A_PAGE)
    some = shown.rows((page - 1) * A_PAGE, A_PAGE)
    query = f"&period={shown.period.code}&figure={shown.figure}" + ("&missed=yes" if shown.missed else "")
    return render_template(
        "utilization/reserved.html",
        shown=shown, rows=some, unused=shown.unused(some), hours_unused=shown.hours_unused(),
        total=sums.count, page=page, size=A_PAGE, heads=HEADS,
        which=which_of({row.instrument_id for row in some}), name_cell=name_cell, which_words=which_words,
        definition=DEFINITIONS[shown.figure], no_shows=sums.no_shows,
        lead=sums.lead / sums.count if sums.count else None,
        base=f"{shown.base}{query}", files={kind: f"{shown.base.replace('?', f'.{kind}?')}{query}" for kind in ("xlsx", "csv")},
        **words(),
    )  # fmt: skip


def _file(shown: Shown, kind: str) -> ResponseReturnValue:
    if shown.sums().count > MOST_ROWS:
        sentence = N_(
            "A file holds at most %(most)s reservations. Choose a shorter period, or a narrower place."
        )
        raise Refusal([Reason("too_many", "period", sentence, {"most": MOST_ROWS})])
    rows = shown.rows()
    found, unused = which_of({row.instrument_id for row in rows}), shown.unused(rows)
    heads = (*HEADS[:3], *WHICH_HEADS, *HEADS[3:], *([] if unused is None else [DEFINITIONS[UNUSED].name]))
    body: list[list[object]] = [[gettext(head) for head in heads]]
    for row in rows:
        which = found.get(row.instrument_id, NOTHING)
        body.append(
            [
                formats.moment(row.start, row.zone), formats.moment(row.end, row.zone),
                named(which), *which_cells(which), in_language(row.user_en, row.user_zh),
                customer_words(row), tenths(row.hours), formats.moment(row.made, row.zone),
                tenths(row.lead), gettext("Nobody came") if row.no_show else "",
                *([] if unused is None else [fine_hours(unused.get(row.reservation_id, 0))]),
            ]
        )  # fmt: skip
    file = f"reservations-{shown.figure.replace('_', '-')}-{shown.code}-{shown.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, file)
    definition = DEFINITIONS[shown.figure]
    about = [
        [gettext("Figures of"), shown.name], [gettext("Period shown"), period_words(shown.period)],
        [gettext(definition.name), gettext(definition.words)],
    ]  # fmt: skip
    sheets = (
        Sheet(gettext("Reservations"), body, (24, 24, 30)),
        Sheet(gettext("Definitions"), about, (36, 60)),
    )
    return download(as_xlsx(*sheets), kind, file)
