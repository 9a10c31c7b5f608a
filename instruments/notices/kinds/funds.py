"""Notices about money: to those who manage a fund, to whoever may charge it, and to payers of programmes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.people.rights import Role

TOPIC = N_("Money")
MANAGING = frozenset({Role.GROUP_HEAD, Role.FUND_DELEGATE, Role.COMPANY_MANAGER, Role.FINANCE_OFFICER})


def values_of(what: Happening) -> dict[str, Any]:
    """Which fund or programme, who did it, and why."""
    kind, number = what.thing
    found: dict[str, Any] = {"scope": kind, "scope_id": number, "actor_id": what.actor_id}
    if what.detail.get("percent"):
        found["count"] = what.detail["percent"]
    if what.detail.get("until"):
        found["last_day"] = what.detail["until"]
    return found | ({"reason": what.detail["reason"]} if what.detail.get("reason") else {})


def to_owners(what: Happening) -> Iterator[Told]:
    """Whoever managed the fund then."""
    said = what.deed.partition(".")[2]
    for person_id in what.detail["owner_ids"]:
        yield Told(person_id, said, what.thing, values_of(what))


def to_user(what: Happening) -> Iterator[Told]:
    """Whoever was given the right, or lost it, unless they did it themselves."""
    person_id, said = what.detail.get("user_id"), what.deed.partition(".")[2]
    if person_id is not None and person_id != what.actor_id:
        yield Told(person_id, said, what.thing, values_of(what))


def to_holders(what: Happening) -> Iterator[Told]:
    """Whoever can give the right that is asked for; of which of their funds, where it was named by its code."""
    for fund_id, people in what.detail.get("told", ()):
        about = {"scope": "fund", "scope_id": fund_id} if fund_id is not None else {}
        values = {"actor_id": what.actor_id, "reason": what.detail["reason"], **about}
        for person_id in people:
            yield Told(
                person_id, "asked" if fund_id is not None else "asked_of", ("fund_requests", 0), values
            )


def answered(what: Happening) -> Iterator[Told]:
    """Whoever asked to charge a fund; what was granted is told as the right itself."""
    values = {"actor_id": what.actor_id, "number": what.detail["said"]}
    if what.detail.get("reason"):
        values["reason"] = what.detail["reason"]
    yield Told(what.detail["user_id"], what.deed.partition(".")[2], ("fund_asked", 0), values)


def to_asker(what: Happening) -> Iterator[Told]:
    """Whoever asked for admission to the programme."""
    person_id, said = what.detail.get("asked_by_id"), what.deed.partition(".")[2]
    if person_id is not None and person_id != what.actor_id:
        yield Told(person_id, said, what.thing, values_of(what))


KINDS = (
    Kind(
        "fund.warned", TOPIC, N_("A fund that I manage is nearly spent, overdrawn or covered again"),
        {
            "warned": Words(N_("%(count)s %% taken: %(place)s"), N_("Of %(place)s, %(count)s %% are spent or held.")),
            "overdrawn": Words(
                N_("Overdrawn: %(place)s"),
                N_("A charge came to more than was left in %(place)s. It is blocked for new bookings until it is covered."),
            ),
            "covered": Words(
                N_("Covered again: %(place)s"), N_("%(place)s covers what was spent, and can be charged again.")
            ),
        },
        ("fund.warned", "fund.overdrawn", "fund.covered"), to_owners, roles=MANAGING, picture="wallet",
    ),
    Kind(
        "fund.right", TOPIC, N_("I may charge a fund, or no longer"),
        {
            "right_given": Words(N_("You may charge %(place)s"), N_("%(who)s gave you the right to charge %(place)s.")),
            "right_taken": Words(
                N_("You may no longer charge %(place)s"),
                N_("%(who)s took back your right to charge %(place)s; what is booked stays booked."),
            ),
        },
        ("fund.right_given", "fund.right_taken"), to_user, picture="wallet",
    ),
    Kind(
        "fund.asked", TOPIC, N_("Somebody asks to charge a fund that I manage"),
        {
            "asked": Words(
                N_("To answer: %(who)s asks to charge %(place)s"), N_("%(who)s asks for the right to charge %(place)s.")
            ),
            "asked_of": Words(
                N_("To answer: %(who)s asks to charge a fund"), N_("%(who)s asks you for the right to charge a fund.")
            ),
        },
        ("fund_request.asked",), to_holders, roles=MANAGING, picture="wallet",
    ),
    Kind(
        "fund.asked_for", TOPIC, N_("I may not charge a fund that I asked for"),
        {
            "declined": Words(
                N_("Declined: the right to charge %(number)s"), N_("%(who)s declined what you asked for: to charge %(number)s.")
            ),
            "expired": Words(
                N_("Not answered in time: the right to charge %(number)s"),
                N_("Nobody answered your request to charge %(number)s. You can ask again, or ask somebody else."),
            ),
        },
        ("fund_request.declined", "fund_request.expired"), answered, picture="wallet",
    ),
    Kind(
        "programme.answered", TOPIC, N_("A programme admits my institution, or does not"),
        {
            "admitted": Words(N_("Admitted: %(place)s"), N_("%(place)s admitted you: it pays its part of new orders.")),
            "refused": Words(N_("Not admitted: %(place)s"), N_("%(place)s did not admit you.")),
            "ended": Words(N_("Ended: %(place)s"), N_("Your admission to %(place)s was ended.")),
        },
        ("programme.admitted", "programme.refused", "programme.ended"), to_asker, picture="ticket-percent",
    ),
)  # fmt: skip
