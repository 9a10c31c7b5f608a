"""What the doors of availability share: the blueprint, finding the owner, reading dates from forms."""

from __future__ import annotations

from flask import Blueprint, request
from flask_babel import gettext

from instruments.availability.owners import Owner, lab_of
from instruments.availability.season_setting import seasons_of
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Scope
from instruments.typed import whole
from instruments.web import clock, formats
from instruments.web.language import in_language

pages = Blueprint("availability", __name__)
KINDS: dict[str, type[Lab] | type[Instrument]] = {"labs": Lab, "instruments": Instrument}


def the_owner(kind: str, owner_id: int) -> Owner:
    """The lab or instrument of an address; raises NotFound."""
    owner = db.session.get(KINDS[kind], owner_id)
    if owner is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return owner


def lab_or_instrument(lab_id: int | None, instrument_id: int | None) -> Owner:
    """The one that is named; raises NotFound, or Refusal when it is not exactly one."""
    if (lab_id is None) == (instrument_id is None):
        sentence = N_("Name a lab or an instrument, one of the two.")
        raise Refusal([Reason("one_owner", "lab_id", sentence)])
    return the_owner("labs" if lab_id is not None else "instruments", lab_id or instrument_id or 0)


def scope_of(owner: Owner) -> Scope:
    """Where the owner stands."""
    lab = lab_of(owner)
    return Scope(institution_id=lab.institution_id, lab_id=lab.id)


def kind_of(owner: Owner) -> str:
    """The first part of the owner's address."""
    return "labs" if isinstance(owner, Lab) else "instruments"


def season_from_form() -> int | None:
    """The number of the season that was chosen in the form; 0 for what is none."""
    text = request.form.get("season_id", "").strip()
    return whole(text) or 0 if text else None


def season_options(institution_id: int) -> list[tuple[int, str]]:
    """The seasons of an institution to choose from, each with its dates to come."""
    today = clock.now().date()
    options = []
    for season in seasons_of(institution_id):
        coming = [span for span in season.spans if span.last_day >= today]
        dates = formats.listing([formats.short_days(span.first_day, span.last_day) for span in coming[:2]])
        name = in_language(season.name_en, season.name_zh)
        options.append(
            (season.id, gettext("%(name)s (%(dates)s)", name=name, dates=dates) if dates else name)
        )
    return options
