"""What the doors of usage share: the blueprint, where one goes back to, and what a refused tap says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Scope
from instruments.timespan import Timespan
from instruments.typed import whole
from instruments.usage.settling import Settled
from instruments.web import formats
from instruments.web.refusals import flash_or_raise
from instruments.web.returning import own_address

pages = Blueprint("usage", __name__)


def the_instrument(instrument_id: int) -> Instrument:
    """The instrument of an address; raises NotFound."""
    found = db.session.get(Instrument, instrument_id)
    if found is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    return found


def the_lab(lab_id: int) -> Lab:
    """The lab of an address; raises NotFound."""
    found = db.session.get(Lab, lab_id)
    if found is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return found


def place(lab: Lab) -> Scope:
    """Where a lab stands, for rights."""
    return Scope(institution_id=lab.institution_id, lab_id=lab.id)


def back_to(otherwise: str) -> str:
    """The page of ours that a tap came from."""
    return own_address(request.form.get("back", "")) or otherwise


def tapped(act: Callable[[], Any], done: str, otherwise: str, about: str = "") -> ResponseReturnValue:
    """Do what one tap asks for and go back: what was done, or why it was not, stands at the head of the next page.

    about: what was tapped ("use-12", "reservation-7"), for a list that offers to take it back at its head.
    """
    try:
        perform(act)
    except Refusal as refusal:
        flash_or_raise(refusal, 409, 412, 422)
    else:
        flash(done, "free")
        return redirect(_naming(back_to(otherwise), about), 303)
    return redirect(back_to(otherwise), 303)


def _naming(address: str, about: str) -> str:
    """The address, with what was tapped where it is a lab's list of the day."""
    parts = urlsplit(address)
    if not about or not parts.path.endswith("/today"):
        return address
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "tapped"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("tapped", about)])))


@pages.app_template_global("use_when")
def use_when(use: Any, zone: str) -> str:
    """From when to when a finished use lasted."""
    return formats.when(Timespan(use.started_at, use.ended_at), zone)


@pages.app_template_global("span_when")
def span_when(row: Any, zone: str) -> str:
    """The reserved time of a reservation."""
    return formats.when(Timespan(row.starts_at, row.ends_at), zone)


@pages.app_template_global("minutes_long")
def minutes_long(minutes: int) -> str:
    """So many minutes as a length."""
    return formats.length(timedelta(minutes=minutes))


@pages.app_template_global("length_of")
def length_of(found: Settled) -> str:
    """How long the settled time of a use is."""
    return formats.length(timedelta(seconds=found.seconds))


def number_in(name: str, reasons: list[Reason]) -> int | None:
    """The whole number in a field of the form; None where it is empty, a reason where it is none."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    found = whole(text, 8)
    if found is None:
        reasons.append(Reason("number", name, N_("Enter a whole number.")))
    return found
