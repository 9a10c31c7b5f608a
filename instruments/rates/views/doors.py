"""What the pages of prices share: the blueprint, whose page it is, the names of classes, and what forms say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Actor
from instruments.people.signing import require, the_actor
from instruments.rates import words
from instruments.rates.models import RateVersion
from instruments.rates.owners import CardOwner, owner_of, splits_of, version_seen_by
from instruments.web.fields import number_typed
from instruments.web.language import in_language
from instruments.web.refusals import flash_or_raise

pages = Blueprint("rates", __name__)
ADDRESS = "/<any(labs, instruments, services):kinds>/<int:owner_id>/price-list"


@pages.context_processor
def names_of_prices() -> dict[str, Any]:
    """The words of modes, units, states and days, for the templates."""
    return {"price_words": words}


def owner_at(kinds: str, owner_id: int) -> CardOwner:
    """Whose prices an address names."""
    return owner_of(kinds.removesuffix("s"), owner_id)


def lab_at(lab_id: int, action: Action) -> tuple[CardOwner, Actor]:
    """The lab of an address, for who may do this there."""
    owner = owner_of("lab", lab_id)
    return owner, require(action, owner.scope)


def version_seen(number: int) -> tuple[RateVersion, CardOwner, Actor]:
    """A version that I may see, whose it is, and who I am; else as if there were none."""
    actor = the_actor()
    return *version_seen_by(actor, number), actor


def name_of(owner: CardOwner) -> str:
    """Whose prices they are, in the reader's language."""
    return in_language(owner.row.name_en, owner.row.name_zh)


def list_name(owner: CardOwner) -> str:
    """How a lab calls the list: by what it is for."""
    return gettext("For all instruments") if owner.kind == "lab" else name_of(owner)


def class_names(lab_id: int) -> dict[str, str]:
    """The name of every class of a lab's customers, the finer ones after those that all labs have."""
    found = {key: gettext(name) for key, name in words.CLASS_WORDS.items()}
    return found | {split.key: in_language(split.name_en, split.name_zh) for split in splits_of(lab_id)}


def trail_of(owner: CardOwner) -> list[tuple[str, str | None]]:
    """The way back: the lab, its prices, the card."""
    lab = owner.lab
    trail: list[tuple[str, str | None]] = [
        (in_language(lab.name_en, lab.name_zh), f"/labs/{lab.id}"),
        (gettext("Prices"), f"/labs/{lab.id}/prices"),
    ]
    return [*trail, (list_name(owner), card_address(owner))]


def card_address(owner: CardOwner) -> str:
    """Where the versions of a card are."""
    return f"/{owner.kind}s/{owner.id}/price-list"


def sent_version() -> int:
    """The version of the row that a form was made on."""
    return request.form.get("version", 0, type=int)


def step(address: str, act: Callable[[], object], done: str) -> ResponseReturnValue:
    """Do something that needs nothing but its button, and go on; a refusal is said at the head of the next page."""
    try:
        perform(act)
    except Refusal as refusal:
        flash_or_raise(refusal, 403, 412, 422)
    else:
        flash(done, "free")
    return redirect(address, 303)


def whole(name: str) -> int:
    """A whole number of the form; 404 where an address was tampered with."""
    found = number_typed(name)
    if found is None:
        abort(404)
    return found
