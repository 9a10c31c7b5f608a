"""Strangers see what is on the public list, and nothing else."""

from __future__ import annotations

from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.routing.converters import AnyConverter, BaseConverter, NumberConverter

from instruments.web.access import is_public

# What somebody without an account may reach. A view marked `public` has to be put here, too, by somebody who thought.
PUBLIC = {
    "calendars.instrument_feed", "calendars.lab_feed", "calendars.person_feed",
    "catalog.photo", "catalog.template_file", "catalog_api.instrument", "catalog_api.instruments",
    "hours_api.published_hours",
    "openapi.spec",
    "pages.compare", "pages.institution", "pages.institutions", "pages.instrument", "pages.lab", "pages.lab_prices",
    "pages.robots", "pages.search", "pages.service", "pages.sitemap", "pages.sitemap_part", "pages.week",
    "people.confirm", "people.forgotten", "people.invitation", "people.letter", "people.register", "people.reset",
    "people.sign_in", "people.signing_in", "people_api.all_institutions", "people_api.institution",
    "people_api.lab", "people_api.labs_of",
    "public_figures.sharing", "public_figures_api.sharing",
    "reports.about_people",
    "reservations_api.calendar", "reservations_api.rules", "search_api.free",
    "static",
    "web.appearance", "web.healthz", "web.language", "web.readyz",
}  # fmt: skip


def test_what_is_public_is_on_the_list(application: Flask) -> None:
    endpoints = {rule.endpoint for rule in application.url_map.iter_rules()}
    assert {name for name in endpoints if is_public(application.view_functions[name])} == PUBLIC


def guarded(app: Flask) -> list[tuple[str, str]]:
    """Method and address of every route that is not marked public."""
    found = []
    for rule in app.url_map.iter_rules():
        if not is_public(app.view_functions[rule.endpoint]):
            values = {name: _sample(rule._converters[name]) for name in rule.arguments}
            with app.test_request_context():
                address = url_for(rule.endpoint, **values)
            found += [(method, address) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def _sample(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, NumberConverter) else "x"


def test_every_route_refuses_a_stranger_unless_it_is_public(client: FlaskClient, application: Flask) -> None:
    let_in = []
    for method, address in guarded(application):
        answer = client.open(address, method=method)
        sent_to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        if not (answer.status_code == 401 or sent_to_sign_in):
            let_in.append(f"{method} {address}: {answer.status_code}")
    assert let_in == []
