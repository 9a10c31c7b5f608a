"""Notices about qualifications and safety admissions: to who asks and holds them, and to those who grant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import MESSAGE, Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC
from instruments.notices.kinds.people import TOPIC as MINE
from instruments.notices.kinds.reservations import TOPIC as BOOKINGS
from instruments.notices.kinds.reservations import values_of
from instruments.people.rights import Role

ADMITTING = frozenset({Role.SAFETY_OFFICER, Role.INSTITUTION_MANAGER})
ANSWERS = ("invited", "granted", "declined", "renewed", "changed", "revoked")
OWN_PAGE = ("qualification", 0)


def subject_values(detail: Any) -> dict[str, Any]:
    """What a qualification or an admission is for, at which level, to which day."""
    found: dict[str, Any] = {
        name: detail[name] for name in ("user_id", "instrument_id", "level", "reason") if name in detail
    }
    if detail.get("technique_id"):
        found |= {"scope": "technique", "scope_id": detail["technique_id"]}
    if detail.get("institution_id"):
        found |= {"scope": "institution", "scope_id": detail["institution_id"]}
    return found | ({"last_day": detail["until"]} if detail.get("until") else {})


def asked_here(what: Happening) -> Iterator[Told]:
    """Those who grant, apart from whoever asks."""
    place = ("qualification_requests", what.lab_id or 0)
    said = "renewal" if what.detail.get("renews_id") and what.detail.get("until") else "asked"
    for person_id in sorted(what.staff - {what.detail["user_id"]}):
        yield Told(person_id, said, place, subject_values(what.detail))


def admission_asked(what: Happening) -> Iterator[Told]:
    """The safety officers and managers of the institution, apart from whoever asks."""
    place = ("admissions", what.detail["institution_id"])
    for person_id in sorted(what.staff - {what.detail["user_id"]}):
        yield Told(person_id, "asked", place, subject_values(what.detail))


def answered(what: Happening) -> Iterator[Told]:
    """Whoever asked for it or holds it, if somebody else did it."""
    person_id, said = what.detail["user_id"], what.deed.partition(".")[2]
    among = what.detail.get("among", 1)  # one of so many that a list granted; 0: told with another of them
    if person_id != what.actor_id and among:
        values = {**subject_values(what.detail), "actor_id": what.actor_id}
        if among > 1:
            said, values = "listed", values | {"count": among - 1}
        elif said in ("granted", "renewed", "changed"):
            said += "_until" if values.get("last_day") else ""
        yield Told(person_id, said, OWN_PAGE, values)


def named_second(what: Happening) -> Iterator[Told]:
    """The second person, if another named them."""
    second = what.detail["second_id"]
    for booking in what.bookings:
        if second != what.actor_id:
            yield Told(second, "second", ("reservation", booking.id), values_of(booking, what))


_ADMISSION = N_("Safety admission of %(place)s")
KINDS = (
    Kind(
        "qualification.answered", MINE, N_("A qualification is granted, declined or changed"),
        {
            "invited": Words(N_("Training for %(subject)s"), N_("%(who)s appointed the training for %(subject)s."), adds=MESSAGE),
            "granted": Words(
                N_("Qualified for %(subject)s"), N_("%(who)s qualified you for %(subject)s: %(level)s.")
            ),
            "granted_until": Words(
                N_("Qualified for %(subject)s"),
                N_("%(who)s qualified you for %(subject)s until %(last_day)s: %(level)s."),
            ),
            "listed": Words(
                N_("Qualified for %(subject)s and %(count)s more"),
                N_("%(who)s qualified you for %(subject)s and %(count)s more, from a list of the lab."),
            ),
            "declined": Words(
                N_("Not qualified for %(subject)s"), N_("%(who)s declined your request for %(subject)s.")
            ),
            "renewed": Words(
                N_("Renewed: %(subject)s"), N_("%(who)s renewed your qualification for %(subject)s for good.")
            ),
            "renewed_until": Words(
                N_("Renewed: %(subject)s"),
                N_("%(who)s renewed your qualification for %(subject)s until %(last_day)s."),
            ),
            "changed": Words(
                N_("Changed: %(subject)s"),
                N_("%(who)s changed your qualification for %(subject)s: %(level)s, for good."),
            ),
            "changed_until": Words(
                N_("Changed: %(subject)s"),
                N_("%(who)s changed your qualification for %(subject)s: %(level)s, until %(last_day)s."),
            ),
            "revoked": Words(
                N_("Taken back: %(subject)s"), N_("%(who)s took back your qualification for %(subject)s.")
            ),
        },
        tuple(f"qualification.{each}" for each in ANSWERS), answered, picture="shield-check",
    ),
    Kind(
        "admission.answered", MINE, N_("A safety admission is granted, declined or changed"),
        {
            "invited": Words(
                N_("Safety exam of %(place)s"), N_("%(who)s appointed the safety exam of %(place)s."), adds=MESSAGE
            ),
            "granted_until": Words(
                _ADMISSION, N_("%(who)s granted you the safety admission of %(place)s until %(last_day)s.")
            ),
            "declined": Words(
                _ADMISSION, N_("%(who)s declined your request for the safety admission of %(place)s.")
            ),
            "renewed_until": Words(
                _ADMISSION, N_("%(who)s renewed your safety admission of %(place)s until %(last_day)s.")
            ),
            "changed_until": Words(
                _ADMISSION, N_("%(who)s changed your safety admission of %(place)s: it lasts until %(last_day)s.")
            ),
            "revoked": Words(_ADMISSION, N_("%(who)s took back your safety admission of %(place)s.")),
        },
        tuple(f"admission.{each}" for each in ANSWERS), answered, picture="shield-check",
    ),
    Kind(
        "qualification.ends", MINE, N_("A qualification or safety admission of mine ends"),
        {
            "soon": Words(
                N_("Ends %(last_day)s: %(subject)s"),
                N_("Your qualification for %(subject)s ends on %(last_day)s. Ask for its renewal in time."),
            ),
            "over": Words(
                N_("Ended: %(subject)s"),
                N_("Your qualification for %(subject)s ended on %(last_day)s. You can ask for its renewal."),
            ),
            "admission_soon": Words(
                N_("Ends %(last_day)s: safety admission of %(place)s"),
                N_("Your safety admission of %(place)s ends on %(last_day)s. Ask for its renewal in time."),
            ),
            "admission_over": Words(
                N_("Ended: safety admission of %(place)s"),
                N_("Your safety admission of %(place)s ended on %(last_day)s. You can ask for its renewal."),
            ),
        },
        picture="shield-check",
    ),
    Kind(
        "qualification.asked", TOPIC, N_("Somebody asks my lab for a qualification"),
        {
            "asked": Words(
                N_("To answer: %(user)s, %(subject)s"),
                N_("%(user)s asks for a qualification for %(subject)s: %(level)s."),
            ),
            "renewal": Words(
                N_("To answer: %(user)s, renewal of %(subject)s"),
                N_("%(user)s asks to renew their qualification for %(subject)s: %(level)s, which lasts until %(last_day)s."),
            ),
        },
        ("qualification.asked",), asked_here, roles=STAFF, picture="shield-check",
    ),
    Kind(
        "admission.asked", MINE, N_("Somebody asks for the safety admission of my institution"),
        {
            "asked": Words(
                N_("To answer: %(user)s, safety admission"), N_("%(user)s asks for the safety admission of %(place)s.")
            ),
        },
        ("admission.asked",), admission_asked, roles=ADMITTING, picture="shield-check",
    ),
    Kind(
        "own.second", BOOKINGS, N_("Somebody names me as the second person"),
        {
            "second": Words(
                N_("Second person: %(instrument)s, %(when)s"),
                N_("%(who)s named you as the second person on %(instrument)s: %(when)s. Tell them if you cannot come."),
            ),
        },
        ("reservation.second_named",), named_second, picture="users",
    ),
)  # fmt: skip
