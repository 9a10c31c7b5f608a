"""Notices about violations: to whom they concern, and to those who decide on an appeal. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import MESSAGE, Happening, Kind, Told, Words
from instruments.notices.kinds.labs import TOPIC
from instruments.notices.kinds.people import TOPIC as MINE
from instruments.people.rights import Role

DECIDERS = frozenset({Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.PLATFORM_ADMINISTRATOR})
ANSWERED = {
    "violation.upheld": "upheld",
    "violation.lifted": "lifted",
    "violation.withdrawn": "withdrawn",
}


def _values(what: Happening) -> dict[str, Any]:
    names = ("user_id", "scope", "scope_id", "reason", "suspended_to")
    return {"actor_id": what.actor_id, **{name: what.detail[name] for name in names if name in what.detail}}


def concerned(what: Happening) -> Iterator[Told]:
    """Whom it was recorded of, whatever becomes of it."""
    said = ANSWERED.get(what.deed) or ("suspended" if "suspended_to" in what.detail else "recorded")
    yield Told(what.detail["user_id"], said, what.thing, _values(what))


def to_decide(what: Happening) -> Iterator[Told]:
    """The managers of the lab and of its institution, but who recorded it and whom it is about; where that leaves nobody,
    who runs the platform."""
    concerned = {what.detail["user_id"], what.detail["recorded_by_id"]}
    for person_id in sorted(what.deciders - concerned or what.administrators - concerned):
        yield Told(person_id, "appealed", what.thing, _values(what))


KINDS = (
    Kind(
        "conduct.mine", MINE, N_("A lab records a violation of mine, or answers my appeal"),
        {
            "recorded": Words(
                N_("Recorded of you: a violation, %(place)s"),
                N_("%(place)s recorded that its rules were not kept. You can appeal to somebody else there."),
            ),
            "suspended": Words(
                N_("Suspended until the end of %(suspended_to)s: %(place)s"),
                N_(
                    "%(place)s recorded that its rules were not kept, and suspended you until the end of"
                    " %(suspended_to)s. You can appeal to somebody else there."
                ),
            ),
            "upheld": Words(N_("Appeal answered: upheld, %(place)s"), N_("%(who)s upheld what %(place)s recorded of you.")),
            "lifted": Words(
                N_("Appeal answered: lifted, %(place)s"),
                N_("%(who)s lifted what %(place)s recorded of you. It counts no more."),
            ),
            "withdrawn": Words(
                N_("Withdrawn: a violation, %(place)s"), N_("%(place)s withdrew what it recorded of you. It counts no more.")
            ),
        },
        ("violation.recorded", *ANSWERED), concerned, picture="triangle-alert",
    ),
    Kind(
        "conduct.appealed", TOPIC, N_("Somebody appeals against a violation, and I may decide"),
        {
            "appealed": Words(
                N_("To decide: an appeal, %(place)s"),
                N_("%(user)s appeals against a violation that %(place)s recorded. Somebody else than who recorded it decides."),
                adds=MESSAGE,
            ),
        },
        ("violation.appealed",), to_decide, roles=DECIDERS, picture="hourglass",
    ),
)  # fmt: skip
