"""What was looked for in vain in a period, by class and place, as a page and as files."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import View
from instruments.utilization.listing import tenths
from instruments.utilization.places import Place, sees_unmet
from instruments.utilization.unmet import Wish
from instruments.utilization.unmet import unmet as wishes_of
from instruments.utilization.views.doors import name_of, pages, the_view
from instruments.utilization.views.words import A_PAGE, period_words, words
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

HEADS = (N_("Class"), N_("Where"), N_("Wishes"), N_("Hours wanted"))
MEANING = N_(
    "Searches and requests of the waitlist that found nothing; one person, class and day count once."
)


@pages.get("/utilization/unmet")
def unmet() -> ResponseReturnValue:
    """What was sought and not found."""
    view, place, rows = _asked()
    page = page_of(len(rows), A_PAGE)
    return render_template(
        "utilization/unmet.html",
        view=view, place=place, place_name=name_of(place), rows=rows[(page - 1) * A_PAGE : page * A_PAGE],
        total=len(rows), page=page, size=A_PAGE, times=sum(row.times for row in rows),
        hours=sum(row.hours for row in rows), base=url_for(".unmet", **view.fields()), meaning=MEANING, heads=HEADS,
        class_words=class_words, place_words=place_words, **words(),
    )  # fmt: skip


@pages.get("/utilization/unmet.<any(xlsx, csv):kind>")
def unmet_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    view, place, rows = _asked()
    name = f"unmet-{view.of}-{view.period.code.replace('/', '-')}"
    body = rows_of(rows)
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), name_of(place)],
        [gettext("Period shown"), period_words(view.period)],
        [gettext("Wishes"), gettext(MEANING)],
    ]
    sheets = (
        Sheet(gettext("Looked for in vain"), body, (40, 40)),
        Sheet(gettext("Definitions"), about, (30, 60)),
    )
    return download(as_xlsx(*sheets), kind, name)


def rows_of(rows: list[Wish]) -> list[list[object]]:
    """The rows of a file, their heads first."""
    body: list[list[object]] = [[gettext(head) for head in HEADS]]
    return body + [[class_words(row), place_words(row), row.times, tenths(row.hours)] for row in rows]


def rows_by_class(rows: list[Wish]) -> list[list[object]]:
    """The same whatever the place, as the dashboard shows it."""
    body: list[list[object]] = [[gettext(HEADS[0]), *(gettext(head) for head in HEADS[2:])]]
    return body + [[class_words(row), row.times, tenths(row.hours)] for row in rows]


def class_words(row: Wish) -> str:
    """Which class was sought."""
    return in_language(row.name_en, row.name_zh) if row.class_code else gettext("Any class")


def place_words(row: Wish) -> str:
    """Where it was sought."""
    return in_language(row.place_en, row.place_zh) or row.city or gettext("Anywhere")


def _asked() -> tuple[View, Place, list[Wish]]:
    view, place = the_view()
    if not sees_unmet(the_actor(), place):
        raise NotFound([Reason("not_found", "of", N_("There are no figures here that you may see."))])
    return view, place, wishes_of(place.chosen, view.period)
