"""Add and edit institutions."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from instruments.database.transactions import deed, perform
from instruments.errors import N_, Refusal
from instruments.people import institutions
from instruments.people.forms import COUNTRIES, ZONES, Form
from instruments.people.models import Institution
from instruments.people.rights import Action, Scope, may
from instruments.people.scopes import of_institution
from instruments.people.signing import require
from instruments.people.views.answering import answer, done, for_form, pages, typed, version
from instruments.web import clock

FIELDS = (
    "kind", "name_en", "name_zh", "ror", "credit_code", "country", "zone", "province_en", "province_zh", "city_en", "city_zh",
    "address", "website", "description_en", "description_zh",
)  # fmt: skip


@pages.route("/institutions/new", methods=["GET", "POST"])
def add_institution() -> ResponseReturnValue:
    """Add an institution."""
    actor = require(Action.INSTITUTION_ADD, Scope())
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described, domains = institutions.read(form)
            with deed():
                added = institutions.add(described, domains, form.reasons, actor, clock.now())
            return done(
                f"/institutions/{added.id}/roles", N_("Added. Now give somebody the role that runs it.")
            )
        except Refusal as refused:
            refusal = for_form(refused)
    fields = (
        request.form.to_dict()
        if refusal
        else {"kind": "university", "country": "CN", "zone": "Asia/Shanghai"}
    )
    return answer(
        "people/institution.html",
        refusal,
        institution=None,
        typed=fields,
        zones=ZONES,
        countries=_countries(),
        sets_kind=True,
        sets_domains=True,
    )


@pages.route("/institutions/<int:institution_id>/edit", methods=["GET", "POST"])
def edit_institution(institution_id: int) -> ResponseReturnValue:
    """Edit an institution; its kind, country and mail domains are the platform's to set."""
    institution = institutions.get(institution_id)
    actor = require(Action.INSTITUTION_EDIT, of_institution(institution_id))
    sets_domains = may(actor, Action.DOMAINS_EDIT, of_institution(institution_id))
    if request.method == "GET":
        return _page(institution, None, sets_domains)
    try:
        form = Form(request.form)
        described, domains = institutions.read(form, None if sets_domains else institution)
        kept, now = domains if sets_domains else None, clock.now()
        perform(
            lambda: institutions.edit(institution_id, version(), described, kept, form.reasons, actor, now)
        )
    except Refusal as refusal:
        return _page(institution, for_form(refusal), sets_domains)
    return done(f"/institutions/{institution_id}", N_("The institution is saved."))


def _page(institution: Institution, refusal: Refusal | None, sets_domains: bool) -> ResponseReturnValue:
    fields = typed(institution, FIELDS)
    if refusal is None:
        fields["domains"] = "\n".join(each.domain for each in institution.domains)
    return answer(
        "people/institution.html",
        refusal,
        institution=institution,
        country_name=dict(_countries())[institution.country],
        typed=fields,
        version=version() if refusal else institution.version,
        zones=ZONES,
        countries=_countries(),
        sets_kind=sets_domains,
        sets_domains=sets_domains,
    )


def _countries() -> list[tuple[str, str]]:
    """Each country by its code, named in the reader's language, in the order of the names."""
    locale = get_locale()
    names = locale.territories if locale is not None else {}
    return sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda each: each[1])
