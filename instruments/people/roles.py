"""Hand out roles, end them, and name deputies: never to oneself, and never without somebody to run the platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.models import Institution, Lab, Person, ResearchGroup, RoleGrant
from instruments.people.rights import GRANTS, SCOPE_OF_ROLE, Actor, Role, may
from instruments.people.scopes import Place, of_place, place_of

NOT_HELD = N_("This role is not held here any more.")
LONGEST_DEPUTY = timedelta(days=366)
ORDER = {role: number for number, role in enumerate(Role)}
COLUMNS = {Institution: "institution_id", Lab: "lab_id", ResearchGroup: "group_id"}
KINDS = {Institution: "institution", Lab: "lab", ResearchGroup: "group"}


def roles_on(place: Place) -> list[Role]:
    """The roles that can be held there."""
    kind = KINDS.get(type(place), "platform")
    roles = [role for role, scope in SCOPE_OF_ROLE.items() if scope == kind]
    if isinstance(place, Institution):
        other = Role.INSTITUTION_MANAGER if place.kind == "company" else Role.COMPANY_MANAGER
        roles.remove(other)
        if place.kind == "company":
            roles.remove(Role.SAFETY_OFFICER)
    return roles


def held_on(place: Place) -> Sequence[RoleGrant]:
    """The grants on exactly this place, ended ones too, in the order of the roles."""
    grants = db.session.scalars(select(RoleGrant).where(*_here(place))).all()
    return sorted(grants, key=lambda grant: (ORDER[Role(grant.role)], grant.id))


def of_person(person_id: int) -> Sequence[RoleGrant]:
    """The grants that a person holds or stands in for, ended ones too, in the order in which they were given."""
    theirs = or_(RoleGrant.person_id == person_id, RoleGrant.deputy_id == person_id)
    return db.session.scalars(select(RoleGrant).where(theirs).order_by(RoleGrant.id)).all()


def managed(grant_id: int, actor: Actor) -> RoleGrant:
    """The grant, for its holder, its deputy and whoever may give the role there; for others it does not exist."""
    row = db.session.get(RoleGrant, grant_id)
    if row is not None:
        concerned = actor.person_id in (row.person_id, row.deputy_id)
        if concerned or may(actor, GRANTS[Role(row.role)], of_place(place_of(row))):
            return row
    raise NotFound([Reason("no_grant", None, NOT_HELD)])


def grant(
    place: Place,
    role: Role,
    person: Person | None,
    ends_on: date | None,
    actor: Actor,
    now: datetime,
    today: date,
    already: Sequence[Reason] = (),
) -> RoleGrant:
    """Give a role on a place to a person until `ends_on` (None: until it is ended). Refuses with all reasons.

    already: those found while reading what was sent.
    """
    if not may(actor, GRANTS[role], of_place(place)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    found = list(_against(place, role, person, actor))
    if ends_on is not None and ends_on < today:
        found.append(Reason("past", "ends_on", N_("That day is over. Choose today or later.")))
    reasons = together(already, found)
    if reasons or person is None:
        raise Refusal(reasons)
    if role is Role.PLATFORM_ADMINISTRATOR and ends_on is not None:
        keep_an_administrator(person.id)
    row = give(place, role, person, ends_on, actor.person_id, now)
    _note("role.granted", row, place, actor.person_id, now, ends_on=_iso(ends_on))
    return row


def give(
    place: Place, role: Role, person: Person, ends_on: date | None, by_id: int | None, now: datetime
) -> RoleGrant:
    """Write a grant, or write it anew over an ended one, without asking who may: `grant` and the program do."""
    row = db.session.scalars(
        select(RoleGrant).where(*_here(place), RoleGrant.role == role, RoleGrant.person_id == person.id)
    ).first()
    if row is None:
        row = RoleGrant(person_id=person.id, role=role.value)
        if place is not None:
            setattr(row, COLUMNS[type(place)], place.id)
        db.session.add(row)
    row.ends_on, row.granted_by_id, row.granted_at = ends_on, by_id, now
    row.deputy_id = row.deputy_until = None
    db.session.flush()
    return row


def end(place: Place, grant_id: int, actor: Actor, now: datetime, today: date) -> None:
    """Take a role away now. Whoever may grant it may end it, and everybody may lay down their own."""
    row = _of(place, grant_id)
    if row.person_id != actor.person_id and not may(actor, GRANTS[Role(row.role)], of_place(place)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    if row.role == Role.PLATFORM_ADMINISTRATOR:
        keep_an_administrator(row.person_id)
    _note("role.ended", row, place, actor.person_id, now)
    db.session.delete(row)
    db.session.flush()


def name_deputy(
    place: Place,
    grant_id: int,
    deputy: Person | None,
    until: date | None,
    actor: Actor,
    now: datetime,
    today: date,
    already: Sequence[Reason] = (),
    seen: str | None = None,
) -> None:
    """Let somebody stand in for the holder until the end of a day. The holder may, and whoever may grant the role.

    already: reasons found while reading what was sent, told together with those found here; seen: as what the role was
    read, Stale where it is so no more.
    """
    row = _of(place, grant_id)
    refuse_naming(row, actor)
    _as_it_was(row, seen)
    found = list(_against_deputy(row, place, deputy, actor, today))
    if until is None or not today <= until <= today + LONGEST_DEPUTY:
        sentence = N_("Choose a last day, from today up to a year ahead.")
        found.append(Reason("deputy_until", "deputy_until", sentence))
    reasons = together(already, found)
    if reasons or deputy is None:
        raise Refusal(reasons)
    row.deputy_id, row.deputy_until = deputy.id, until
    db.session.flush()
    _note("deputy.named", row, place, actor.person_id, now, deputy_id=deputy.id, until=_iso(until))


def end_deputy(place: Place, grant_id: int, actor: Actor, now: datetime, seen: str | None = None) -> None:
    """End a deputy's time now: the holder, whoever may grant the role, and the deputy may.

    seen: as what the role was read, Stale where another stands in since.
    """
    row = _of(place, grant_id)
    if row.deputy_id is None:
        return
    if actor.person_id != row.deputy_id:
        refuse_naming(row, actor)
    _as_it_was(row, seen)
    _note("deputy.ended", row, place, actor.person_id, now, deputy_id=row.deputy_id)
    row.deputy_id = row.deputy_until = None
    db.session.flush()


def end_all(person: Person, last_day: date) -> int:
    """End every role of a leaver with their last day, and their standing in for others; how many roles."""
    keep_an_administrator(person.id)
    grants = RoleGrant
    held = update(grants).where(
        grants.person_id == person.id, (grants.ends_on.is_(None)) | (grants.ends_on > last_day)
    )
    done = db.session.execute(held.values(ends_on=last_day))
    db.session.execute(
        update(grants)
        .where(grants.deputy_id == person.id, grants.deputy_until > last_day)
        .values(deputy_until=last_day)
    )
    return done.rowcount


def keep_an_administrator(person_id: int) -> None:
    """Raise a Refusal if this person's leaving the role would leave the platform without a lasting administrator."""
    # The rows are locked, so that two administrators cannot take the role from each other at the same moment.
    held = db.session.execute(
        select(
            RoleGrant.person_id, RoleGrant.ends_on, Person.ends_on.label("leaves_on"), Person.deactivated_at
        )
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.PLATFORM_ADMINISTRATOR)
        .order_by(RoleGrant.id)
        .with_for_update(of=RoleGrant)
    ).all()
    if all(row.person_id != person_id for row in held):
        return
    lasting = (row for row in held if not (row.ends_on or row.leaves_on or row.deactivated_at))
    if all(row.person_id == person_id for row in lasting):
        sentence = N_("This is the last platform administrator. Give the role to somebody else first.")
        raise Refusal([Reason("last_administrator", None, sentence)])


def active_person(mail: str, today: date) -> Person | None:
    """The person with this address whose account is in use."""
    person = db.session.scalars(select(Person).where(Person.mail == mail.strip().lower())).first()
    return person if person and is_active(person, today) else None


def is_active(person: Person, today: date) -> bool:
    """Whether the account can be signed in to."""
    ended = person.ends_on is not None and person.ends_on < today
    return person.mail_confirmed_at is not None and person.deactivated_at is None and not ended


def _against(place: Place, role: Role, person: Person | None, actor: Actor) -> list[Reason]:
    reasons = []
    if role not in roles_on(place):
        reasons.append(Reason("role", "role", N_("This role does not exist here.")))
    if person is None:
        sentence = N_("Nobody here has this mail address. Invite them first, or look at the spelling.")
        reasons.append(Reason("no_person", "mail", sentence))
        return reasons
    if person.id == actor.person_id:
        reasons.append(
            Reason("own_role", "mail", N_("Nobody gives a role to themselves. Ask another manager."))
        )
    if _is_foreign(place, person):
        sentence = N_(
            "%(name)s does not belong to this institution, and only its own people hold roles in it."
        )
        reasons.append(Reason("foreign", "mail", sentence, {"name": person.name_en or person.name_zh}))
    return reasons


def _against_deputy(
    row: RoleGrant, place: Place, deputy: Person | None, actor: Actor, today: date
) -> list[Reason]:
    if deputy is None:
        sentence = N_("Nobody here has this mail address. Invite them first, or look at the spelling.")
        return [Reason("no_person", "deputy", sentence)]
    reasons = []
    if deputy.id == row.person_id:
        reasons.append(Reason("deputy_self", "deputy", N_("A deputy is somebody else than the holder.")))
    elif deputy.id == actor.person_id:
        sentence = N_("Nobody makes themselves a deputy. Ask the holder, or another manager.")
        reasons.append(Reason("own_role", "deputy", sentence))
    if _is_foreign(place, deputy):
        sentence = N_(
            "%(name)s does not belong to this institution, and only its own people hold roles in it."
        )
        reasons.append(Reason("foreign", "deputy", sentence, {"name": deputy.name_en or deputy.name_zh}))
    if row.ends_on is not None and row.ends_on < today:
        reasons.append(Reason("role_over", "deputy", N_("This role has ended. Give it anew first.")))
    return reasons


def _is_foreign(place: Place, person: Person) -> bool:
    # Groups take members from anywhere; institutions and labs are run by their own people.
    return isinstance(place, Institution | Lab) and of_place(place).institution_id != person.institution_id


def state_of(row: RoleGrant) -> str:
    """The role as one reads it, to tell whether its end or its deputy was changed since."""
    return f"{row.granted_at.timestamp():.0f}/{row.ends_on}/{row.deputy_id}/{row.deputy_until}"


def _as_it_was(row: RoleGrant, seen: str | None) -> None:
    if seen is not None and seen != state_of(row):
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])


def refuse_naming(row: RoleGrant, actor: Actor) -> None:
    """Forbidden for who is neither the holder nor may give the role: they name no deputy."""
    place = place_of(row)
    if row.person_id != actor.person_id and not may(actor, GRANTS[Role(row.role)], of_place(place)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])


def _here(place: Place) -> list[ColumnElement[bool]]:
    if place is None:
        return [RoleGrant.role == Role.PLATFORM_ADMINISTRATOR]
    return [getattr(RoleGrant, COLUMNS[type(place)]) == place.id]


def _of(place: Place, grant_id: int) -> RoleGrant:
    row = db.session.scalars(
        select(RoleGrant)
        .where(RoleGrant.id == grant_id, *_here(place))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound([Reason("no_grant", None, NOT_HELD)])
    return row


def _note(deed: str, row: RoleGrant, place: Place, actor_id: int, now: datetime, **detail: object) -> None:
    scope = of_place(place)
    where = {} if place is None else {"scope": KINDS[type(place)], "scope_id": place.id}
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("person", row.person_id),
        institution_id=scope.institution_id,
        lab_id=scope.lab_id,
        detail={"role": row.role, **where, **detail},
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
