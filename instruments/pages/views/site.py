"""What search engines read first: robots.txt and the sitemap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.pages.views.doors import pages
from instruments.people.models import Institution, Lab
from instruments.web.access import public

# A sitemap may hold 50,000 addresses.
PART = 20_000
PRIVATE = (
    "/api/", "/appearance/", "/catalog", "/groups", "/home", "/language/", "/notices", "/people/", "/profile", "/reservations",
    "/sign-in", "/register", "/forgotten",
)  # fmt: skip


@pages.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Search engines may read the catalogue, and nothing that asks for a sign-in."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {_whole('/sitemap.xml')}",
        "",
    ]
    return Response("\n".join(lines), mimetype="text/plain")


@pages.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """The list of the sitemap's parts."""
    last = db.session.scalar(select(Instrument.id).order_by(Instrument.id.desc()).limit(1)) or 0
    parts = [_whole(f"/sitemap-{number}.xml") for number in range(last // PART + 1)]
    body = "".join(f"<sitemap><loc>{escape(part)}</loc></sitemap>" for part in parts)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</sitemapindex>')


@pages.get("/sitemap-<int:number>.xml")
@public
def sitemap_part(number: int) -> ResponseReturnValue:
    """The public pages of the instruments with these numbers; the first part names labs and institutions, too."""
    first = number * PART
    ids = db.session.scalars(
        select(Instrument.id)
        .where(Instrument.id >= first, Instrument.id < first + PART, Instrument.status != "retired")
        .order_by(Instrument.id)
    ).all()
    paths = [f"/instruments/{each}" for each in ids]
    if number == 0:
        paths = [*_others(), *paths]
    if not paths:
        raise NotFound([Reason("no_sitemap", None, N_("There is no such part of the sitemap."))])
    body = "".join(f"<url><loc>{escape(_whole(path))}</loc></url>" for path in paths)
    return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>')


def _others() -> Iterator[str]:
    yield from ("/", "/institutions")
    yield from (f"/institutions/{each}" for each in _ids(select(Institution.id).order_by(Institution.id)))
    yield from (f"/labs/{each}" for each in _ids(select(Lab.id).order_by(Lab.id)))


def _ids(statement: Select[tuple[int]]) -> Iterable[int]:
    return db.session.scalars(statement)


def _whole(path: str) -> str:
    return f"{current_app.config['BASE_URL']}{path}"


def _xml(body: str) -> Response:
    response = Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', mimetype="application/xml")
    response.set_etag(f"{catalog_number()}")
    return response.make_conditional(request)
