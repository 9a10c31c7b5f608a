"""Notices about charges: a dispute is raised, taken up, answered; something was charged anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.funds import MANAGING
from instruments.notices.kinds.funds import TOPIC as MONEY
from instruments.notices.kinds.labs import TOPIC
from instruments.notices.kinds.people import TOPIC as MINE
from instruments.people.rights import Role

DECIDERS = frozenset({Role.LAB_MANAGER, Role.INSTITUTION_MANAGER})


def _values(what: Happening) -> dict[str, Any]:
    names = ("user_id", "reason", "units", "currency")
    said = {name: what.detail[name] for name in names if name in what.detail}
    return {"actor_id": what.actor_id, "scope": "lab", "scope_id": what.lab_id, **said}


def to_answer(what: Happening) -> Iterator[Told]:
    """The managers of the lab, and of its institution once the lab was silent; never who raised it or used it."""
    own = {what.detail.get("user_id"), what.detail.get("raised_by_id"), what.actor_id}
    said = "escalated" if what.deed == "dispute.escalated" else "raised"
    for person_id in sorted(what.deciders - own):
        yield Told(person_id, said, what.thing, _values(what))


def to_consent(what: Happening) -> Iterator[Told]:
    """Whoever manages the fund that is asked, but who asked."""
    said = "asked_code" if what.detail.get("said") else "asked"
    for person_id in sorted(set(what.detail["owner_ids"]) - {what.actor_id}):
        yield Told(person_id, said, what.thing, _of_fund(what))


def consented(what: Happening) -> Iterator[Told]:
    """Who asked, and whose use it is."""
    people = (what.detail.get("asked_by_id"), what.detail.get("user_id"))
    told = {person for person in people if person is not None and person != what.actor_id}
    said = what.deed.partition(".")[2] + ("_code" if what.detail.get("said") else "")
    for person_id in sorted(told):
        yield Told(person_id, said, what.thing, _of_fund(what))


def _of_fund(what: Happening) -> dict[str, Any]:
    if what.detail.get("said"):
        # By a code alone: what it is called is told to nobody.
        return _values(what) | {"number": what.detail["said"]}
    return _values(what) | {"scope": "fund", "scope_id": what.detail["fund_id"]}


def concerned(what: Happening) -> Iterator[Told]:
    """Who raised it, and whose use it is."""
    said = "upheld"
    if what.deed == "dispute.adjusted":
        said = "adjusted_draft" if what.detail.get("stays_draft") else "adjusted_posted"
    people = (what.detail.get("raised_by_id"), what.detail.get("user_id"))
    told = {person for person in people if person is not None and person != what.actor_id}
    for person_id in sorted(told):
        yield Told(person_id, said, what.thing, _values(what))


def charged_anew(what: Happening) -> Iterator[Told]:
    """Whose use it is."""
    user_id = what.detail.get("user_id")
    if user_id is not None and user_id != what.actor_id:
        yield Told(user_id, "corrected", what.thing, _values(what))


KINDS = (
    Kind(
        "charges.dispute", TOPIC, N_("Somebody disputes a charge, and I may answer"),
        {
            "raised": Words(
                N_("To answer: a disputed charge, %(place)s"),
                N_("%(who)s says that a charge of %(place)s is wrong. Uphold it, or adjust it with a reason."),
            ),
            "escalated": Words(
                N_("Not answered in time: a disputed charge, %(place)s"),
                N_("%(place)s did not answer a disputed charge in time. Its institution decides now."),
            ),
        },
        ("dispute.raised", "dispute.escalated"), to_answer, roles=DECIDERS, picture="scale",
    ),
    Kind(
        "charges.answered", MINE, N_("A charge that I disputed is upheld or adjusted"),
        {
            "upheld": Words(N_("Upheld: a disputed charge, %(place)s"), N_("%(who)s upheld what %(place)s charges you.")),
            # As it was told before a notice said how much.
            "adjusted": Words(
                N_("Adjusted: a disputed charge, %(place)s"),
                N_("%(who)s adjusted what %(place)s charges you: it is reversed, and entered again with less."),
            ),
            "adjusted_posted": Words(
                N_("Adjusted: a disputed charge, %(place)s"),
                N_("%(who)s took %(amount)s off what %(place)s charges you: it is reversed, and entered again with less."),
            ),
            "adjusted_draft": Words(
                N_("Adjusted: a disputed charge, %(place)s"),
                N_("%(who)s took %(amount)s off what %(place)s charges you. It is not final yet."),
            ),
        },
        ("dispute.upheld", "dispute.adjusted"), concerned, picture="scale",
    ),
    Kind(
        "charges.fund_asked", MONEY, N_("A fund that I manage is asked to bear a charge"),
        {
            "asked": Words(
                N_("To answer: %(place)s is asked to bear a charge"),
                N_("%(who)s asks that %(place)s bears a charge. Agree, or refuse with a reason."),
            ),
            "asked_code": Words(
                N_("To answer: fund %(number)s is asked to bear a charge"),
                N_("%(who)s asks that fund %(number)s bears a charge. Agree, or refuse with a reason."),
            ),
        },
        ("fund_change.asked",), to_consent, roles=MANAGING, picture="wallet",
    ),
    Kind(
        "charges.fund_answered", MINE, N_("Another fund bears a charge of mine, or does not"),
        {
            "agreed": Words(
                N_("%(place)s bears a charge of yours"), N_("%(who)s agreed: %(place)s bears a charge of yours.")
            ),
            "refused": Words(
                N_("%(place)s does not bear a charge of yours"),
                N_("%(who)s refused: %(place)s does not bear a charge of yours."),
            ),
            "refused_code": Words(
                N_("Fund %(number)s does not bear a charge of yours"),
                N_("%(who)s refused: fund %(number)s does not bear a charge of yours."),
            ),
        },
        ("fund_change.agreed", "fund_change.refused"), consented, picture="wallet",
    ),
    Kind(
        "charges.corrected", MINE, N_("A charge of mine is corrected"),
        {
            "corrected": Words(
                N_("Corrected: a charge, %(place)s"),
                N_("%(place)s reversed a charge of yours. What replaces it, if anything does, is linked to it, with the reason."),
            ),
        },
        ("charge.reversed",), charged_anew, picture="receipt", by_mail=False,
    ),
)  # fmt: skip
