"""What an institution says of its people: kind, number, adviser and end date; the yearly confirmation; leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people import roles, tokens
from instruments.people.forms import Form
from instruments.people.models import Person
from instruments.people.registering import new_session_key
from instruments.people.rights import Action, Actor, may
from instruments.people.scopes import of_person
from instruments.people.versions import changes, locked

KINDS = ("student", "staff", "external")
CONFIRMED_FOR = timedelta(days=365)


@dataclass(frozen=True)
class Described:
    """What the institution says of a person."""

    kind: str
    number: str
    adviser_id: int | None
    ends_on: date | None


def read(form: Form, person: Person, today: date) -> Described:
    """The membership that a form describes; reasons gather in the form."""
    mail = form.text("adviser", 200)
    adviser = roles.active_person(mail, today) if mail else None
    unchanged = person.adviser is not None and person.adviser.mail == mail
    if unchanged:
        adviser = person.adviser
    elif mail and (adviser is None or adviser.institution_id != person.institution_id):
        form.refuse("no_person", "adviser", N_("Nobody of this institution has this mail address."))
    elif adviser is not None and adviser.id == person.id:
        form.refuse("own_adviser", "adviser", N_("Nobody advises themselves."))
    return Described(
        kind=form.choice("kind", KINDS),
        number=form.text("number", 40),
        adviser_id=adviser.id if adviser else None,
        ends_on=form.day("ends_on"),
    )


def edit(
    person_id: int,
    version: int | None,
    described: Described,
    already: list[Reason],
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Change a membership, as it was at `version`; nobody changes their own."""
    person = locked(Person, person_id, version)
    _require(actor, Action.MEMBERSHIP_EDIT, person)
    reasons = list(already)
    if described.ends_on and described.ends_on != person.ends_on and described.ends_on < today:
        reasons.append(Reason("past", "ends_on", N_("That day is over. Choose today or later.")))
    if reasons:
        raise Refusal(reasons)
    if described.ends_on and described.ends_on != person.ends_on:
        roles.keep_an_administrator(person.id)
    found = changes(
        person,
        {
            "kind": described.kind,
            "number": described.number,
            "adviser_id": described.adviser_id,
            "ends_on": described.ends_on,
        },
    )
    db.session.flush()
    _note("membership.edited", person, actor, now, found)


def confirm(person_id: int, actor: Actor, now: datetime, today: date) -> None:
    """Say that a person still belongs here, for another year; nobody says it of themselves."""
    person = get(person_id)
    _require(actor, Action.PERSON_CONFIRM, person)
    person.membership_confirmed_on = today
    db.session.flush()
    _note("membership.confirmed", person, actor, now, {})


def confirm_many(person_ids: list[int], actor: Actor, now: datetime, today: date) -> int:
    """Confirm several at once, all or none; how many."""
    for person_id in sorted(set(person_ids)):
        confirm(person_id, actor, now, today)
    return len(set(person_ids))


def leave(
    person_id: int,
    version: int | None,
    last_day: date | None,
    already: list[Reason],
    actor: Actor,
    now: datetime,
    today: date,
) -> int:
    """Set a person's last day: their roles end with it, and when it is over so do account and tokens; how many roles."""
    person = locked(Person, person_id, version)
    _require(actor, Action.PERSON_LEAVE, person)
    reasons = list(already)
    if last_day is not None and last_day < today - timedelta(days=1):
        sentence = N_("Choose yesterday (to end it at once), today, or a later day.")
        reasons.append(Reason("past", "ends_on", sentence))
    if reasons or last_day is None:
        raise Refusal(reasons)
    ended = roles.end_all(person, last_day)
    person.ends_on = last_day
    if last_day < today:
        person.deactivated_at = now
        person.session_key = new_session_key()
        tokens.revoke_all(person.id, now)
    db.session.flush()
    _note("person.leaving", person, actor, now, {"ends_on": last_day.isoformat(), "roles": ended})
    return ended


def stay(person_id: int, version: int | None, actor: Actor, now: datetime) -> None:
    """Take the last day back: the account opens again. Roles that ended are given anew one by one."""
    person = locked(Person, person_id, version)
    _require(actor, Action.PERSON_LEAVE, person)
    person.ends_on = person.deactivated_at = None
    db.session.flush()
    _note("person.staying", person, actor, now, {})


def overdue_before(today: date) -> date:
    """Memberships confirmed before this day are due to be confirmed again."""
    return today - CONFIRMED_FOR


def is_overdue(person: Person, today: date) -> bool:
    """Whether the yearly confirmation is due."""
    confirmed = person.membership_confirmed_on
    return confirmed is None or confirmed < overdue_before(today)


def get(person_id: int) -> Person:
    """The person, or NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound([Reason("not_found", None, N_("There is no such person."))])
    return person


def _require(actor: Actor, action: Action, person: Person) -> None:
    if not may(actor, action, of_person(person)):
        own = person.id == actor.person_id
        sentence = N_("Nobody decides this about themselves. Ask another manager.")
        raise Forbidden(
            [Reason("forbidden", None, sentence if own else N_("Your roles do not allow this here."))]
        )


def _note(deed: str, person: Person, actor: Actor, now: datetime, detail: dict) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("person", person.id),
        institution_id=person.institution_id, detail=detail,
    )  # fmt: skip
