"""Notices about settlement between institutions, to the finance offices of both. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.funds import TOPIC
from instruments.people.rights import Role

FINANCE = frozenset({Role.FINANCE_OFFICER})


def to_offices(what: Happening) -> Iterator[Told]:
    """Whoever was in the finance office then; the place is the institution on the other side."""
    values = {"scope": "institution", "scope_id": what.detail["other_id"], "actor_id": what.actor_id}
    if what.detail.get("reason"):
        values["reason"] = what.detail["reason"]
    for person_id in what.detail["told_ids"]:
        yield Told(person_id, what.deed.partition(".")[2], what.thing, values)


KINDS = (
    Kind(
        "settlement", TOPIC, N_("Another institution proposes to net what is owed, or answers"),
        {
            "proposed": Words(
                N_("To answer: netting proposed by %(place)s"),
                N_("%(place)s proposes to net what your institutions owe one another. It binds nobody until both accept."),
            ),
            "accepted": Words(
                N_("Netting accepted by %(place)s"), N_("%(place)s accepted to net. It is booked once your side accepts too.")
            ),
            "netted": Words(
                N_("Netted with %(place)s"),
                N_("Both finance offices accepted. What was netted with %(place)s is settled in the books of both."),
            ),
            "declined": Words(
                N_("Netting declined by %(place)s"), N_("%(who)s of %(place)s declined to net; every statement stays to be paid.")
            ),
            "withdrawn": Words(
                N_("Netting withdrawn by %(place)s"),
                N_("%(who)s of %(place)s withdrew the proposal to net; every statement stays to be paid."),
            ),
            "lapsed": Words(
                N_("Proposal to net with %(place)s lapsed"),
                N_("A statement of it was paid, disputed or corrected meanwhile. Nothing was netted with %(place)s; what is "
                   "open now can be proposed anew."),
            ),
        },
        (
            "settlement.proposed", "settlement.accepted", "settlement.netted", "settlement.declined", "settlement.withdrawn",
            "settlement.lapsed",
        ),
        to_offices, roles=FINANCE, picture="scale",
    ),
)  # fmt: skip
