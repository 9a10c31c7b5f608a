"""The reservations behind figures that count them, row by row, as pages and as files: no-shows, lead time, late cancellations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import INSTRUMENT
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.listing import tenths
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period
from instruments.utilization.places import sees_companies, sees_reservations
from instruments.utilization.reserved_rows import FIGURES, NO_SHOWS, ReservedRow, reserved_rows, whose
from instruments.utilization.user_places import Whose, group_of, people_of, reservations_of
from instruments.utilization.views.doors import name_of, pages, the_view
from instruments.utilization.views.user_doors import name_of_whose, view_of
from instruments.utilization.views.words import A_PAGE, customer_words, period_words, words
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

HEADS = (
    N_("Starts"), N_("Ends"), N_("Instrument"), N_("User"), N_("Of"), N_("Reserved hours"), N_("Booked on"),
    N_("Hours ahead"), N_("Nobody came"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """Reservations of whom or what, in which period, counted by which figure; address: of the figures they are behind."""

    name: str
    code: str
    period: Period
    figure: str
    rows: Sequence[ReservedRow]
    address: str
    base: str


@pages.get("/utilization/reservations")
def reservations() -> ResponseReturnValue:
    """Those of one instrument."""
    return _page(_of_instrument())


@pages.get("/utilization/reservations.<any(xlsx, csv):kind>")
def reservations_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(_of_instrument(), kind)


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


def _of_instrument() -> Shown:
    view, place = the_view()
    if view.kind != INSTRUMENT or not sees_reservations(the_actor(), place):
        raise NotFound(
            [Reason("of", "of", N_("Reservations are told of one instrument, to who may see them."))]
        )
    figure, fields = _figure(), view.fields()
    companies, of = sees_companies(the_actor(), place), whose(instrument_id=place.number)
    rows = reserved_rows(of, view.period, clock.now(), figure, companies=companies)
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    return Shown(
        name_of(place), view.of, view.period, figure, rows, f"/utilization?{query}",
        f"/utilization/reservations?of={view.of}",
    )  # fmt: skip


def _of_users(of: Whose) -> Shown:
    reservations_of(of, the_actor())
    view, figure = view_of(of), _figure()
    # Whoever may see these at all answers for those who reserved them.
    rows = reserved_rows(whose(of.user), view.period, clock.now(), figure, companies=True)
    base = f"{view.path}/reservations?against={view.against}"
    return Shown(name_of_whose(of), of.code, view.period, figure, rows, view.address(), base)


def _figure() -> str:
    asked = request.args.get("figure") or NO_SHOWS
    if asked not in FIGURES:
        raise NotFound([Reason("figure", "figure", N_("This figure does not count reservations."))])
    return asked


def _page(shown: Shown) -> ResponseReturnValue:
    page = page_of(len(shown.rows), A_PAGE)
    some = shown.rows[(page - 1) * A_PAGE : page * A_PAGE]
    query = f"&period={shown.period.code}&figure={shown.figure}"
    return render_template(
        "utilization/reserved.html",
        shown=shown, rows=some, total=len(shown.rows), page=page, size=A_PAGE, heads=HEADS,
        names=names_of("instrument", sorted({row.instrument_id for row in some})),
        definition=DEFINITIONS[shown.figure], no_shows=sum(row.no_show for row in shown.rows),
        lead=sum(row.lead for row in shown.rows) / len(shown.rows) if shown.rows else None,
        base=f"{shown.base}{query}", files={kind: f"{shown.base.replace('?', f'.{kind}?')}{query}" for kind in ("xlsx", "csv")},
        **words(),
    )  # fmt: skip


def _file(shown: Shown, kind: str) -> ResponseReturnValue:
    names = names_of("instrument", sorted({row.instrument_id for row in shown.rows}))
    body: list[list[object]] = [[gettext(head) for head in HEADS]]
    for row in shown.rows:
        body.append(
            [
                formats.moment(row.start, row.zone), formats.moment(row.end, row.zone),
                in_language(*names.get(row.instrument_id, ("", ""))), in_language(row.user_en, row.user_zh),
                customer_words(row), tenths(row.hours), formats.moment(row.made, row.zone),
                tenths(row.lead), gettext("Nobody came") if row.no_show else "",
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
