"""What the doors of public figures share: the blueprint, the institution, and what it tells with summaries up to date."""

from __future__ import annotations

from flask import Blueprint

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution
from instruments.utilization.public.models import PublicFigures
from instruments.utilization.public.telling import PublicTold, public_figures, told
from instruments.web import clock

pages = Blueprint("public_figures", __name__)


def the_home(institution_id: int) -> Institution:
    """An institution that has instruments; NotFound for none, or a company."""
    home = db.session.get(Institution, institution_id)
    if home is None or home.kind == "company":
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return home


def what_is_told(institution_id: int) -> tuple[PublicFigures, PublicTold]:
    """What everybody is told; NotFound where nothing is."""
    chosen = public_figures(institution_id)
    if chosen is None:
        sentence = N_("This institution tells no figures of its sharing.")
        raise NotFound([Reason("not_told", None, sentence)])
    return chosen, told(chosen, clock.now())
