"""Versions of cards for programs: from a draft to prices that hold, what they would do, what tells two apart."""

from __future__ import annotations

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.rates import changing, drafting
from instruments.rates.api.doors import ONE, api, done, named_version, owned, owner_at
from instruments.rates.described import Described, differences, other_differences
from instruments.rates.drafting import described
from instruments.rates.looking import look
from instruments.rates.models import RateVersion
from instruments.rates.owners import card_of, versions_of
from instruments.rates.schemas import (
    ComparedOut,
    CopyIn,
    GoneOut,
    LookOut,
    VersionIn,
    VersionOut,
    VersionsOut,
)
from instruments.rates.telling import (
    differences_told,
    looked_told,
    version_told,
)
from instruments.rates.typed import Reading, read_version
from instruments.rates.views.doors import version_seen
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.reasons import as_listed, sentence

# --- Versions


@owned("price-versions", "GET", "versions")
@token_required("labs:read")
@api.output(VersionsOut)
@api.doc(responses=[404])
def versions_of_card(**place: int) -> Response:
    """The versions of a card that I may see: drafts, proposals, what is published and what was."""
    owner = owner_at(place)
    require(Action.PRICES_SEE, owner.scope)
    return answer({"items": [version_told(row) for row in versions_of(card_of(owner))]})


@owned("price-versions", "POST", "draft")
@token_required("labs:write")
@takes(api, VersionIn)
@api.output(VersionOut, 201)
@api.doc(responses=[404])
def draft(wanted: Incoming[VersionIn], **place: int) -> Response:
    """Begin a draft. It holds once it is proposed and the institution approved it."""
    actor = require(Action.PRICES_EDIT, owner_at(place).scope)
    said, reading = _said(wanted)
    now = clock.now()
    return made_once(
        actor.person_id,
        now,
        lambda: _made(drafting.draft(actor, owner_at(place), said, now, reading.reasons)),
    )


@owned("price-versions/copy", "POST", "copy")
@token_required("labs:write")
@takes(api, CopyIn)
@api.output(VersionOut, 201)
@api.doc(responses=[404])
def copy(wanted: Incoming[CopyIn], **place: int) -> Response:
    """Begin a draft with what another version says, of this card or of another that I may see."""
    actor, now, body = require(Action.PRICES_EDIT, owner_at(place).scope), clock.now(), whole(wanted)
    return made_once(
        actor.person_id,
        now,
        lambda: _made(changing.copy(actor, body.version_id, owner_at(place), body.valid_from, now)),
    )


@api.get(ONE)
@token_required("labs:read")
@api.output(VersionOut)
@api.doc(responses=[404])
def version(number: int) -> Response:
    """One version; its ETag is what a change must name."""
    row, _, _ = version_seen(number)
    return answer(version_told(row), version=row.version)


@api.put(ONE)
@token_required("labs:write")
@takes(api, VersionIn)
@api.output(VersionOut)
@api.doc(responses=[404, 412, 422, 428])
def save(number: int, wanted: Incoming[VersionIn]) -> Response:
    """Let a draft say this instead, whole. Needs If-Match."""
    said, reading = _said(wanted)
    return done(
        number, lambda actor, seen: drafting.save(actor, number, seen, said, clock.now(), reading.reasons)
    )


@api.delete(ONE)
@token_required("labs:write")
@api.output(GoneOut)
@api.doc(responses=[404, 412, 422, 428])
def discard(number: int) -> Response:
    """Throw a draft away. Needs If-Match."""
    (actor, seen), now = named_version(number), clock.now()
    perform(lambda: drafting.discard(actor, number, seen, now))
    return answer({"gone": True}, version=seen)


@api.get(f"{ONE}/look")
@token_required("labs:read")
@api.output(LookOut)
@api.doc(responses=[404])
def look_at(number: int) -> Response:
    """What it would do: who and which dates are left without a price, what it ends, what typical uses would cost."""
    row, _, _ = version_seen(number)
    return answer(looked_told(look(row, clock.now()), sentence, as_listed))


@api.get(f"{ONE}/compare/<int:other>")
@token_required("labs:read")
@api.output(ComparedOut)
@api.doc(responses=[404])
def compare(number: int, other: int) -> Response:
    """What the other version says that this one does not."""
    before, after = (described(version_seen(each)[0]) for each in (number, other))
    return answer(
        {
            "before": number,
            "after": other,
            "currency": after.currency,
            "prices": differences_told(differences(before, after)),
            "other": [name for name, _, _ in other_differences(before, after)],
        }
    )


def _said(wanted: Incoming[VersionIn]) -> tuple[Described, Reading]:
    """What was sent as a version says it; what does not fit its shape is refused alone, as nothing can be read of it."""
    reading = Reading()
    return read_version(whole(wanted).model_dump(), reading), reading


def _made(row: RateVersion) -> Made:
    return Made(version_told(row), row.version, url_for("rates_api.version", number=row.id))
