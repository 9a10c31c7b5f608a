"""Ask for admission to a programme, with a declaration and its proof; admit, refuse, and end it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, false, func, select, true, update

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, together
from instruments.funds.programme_models import ProgrammePayer, ProgrammeRow
from instruments.funds.programme_setting import may_edit, the_programme
from instruments.journal.record import record
from instruments.people.models import Institution
from instruments.people.rights import ALLOWED, Action, Actor, Role, Scope, may
from instruments.people.signing import today
from instruments.people.versions import locked

LONGEST_DECLARATION, LONGEST_WHY = 500, 300


@dataclass(frozen=True, slots=True)
class Application:
    """What a payer says of itself. institution_id: None for a person who pays alone. document: the kept file of the proof
    and the name that it came with, both empty without one."""

    programme_id: int
    institution_id: int | None
    small_firm: bool = False
    declaration: str = ""
    document: tuple[str, str] = ("", "")


def apply(actor: Actor, wanted: Application, now: datetime, already: Sequence[Reason] = ()) -> ProgrammePayer:
    """Ask for admission, inside a deed; the managers of a company and finance ask for their institution, anybody for
    themselves where they belong to none. Raises NotFound, Forbidden, or Refusal with every reason, those against what was
    sent among them."""
    programme = the_programme(wanted.programme_id)
    _require_payer(actor, wanted.institution_id)
    if reasons := together(already, _objections(actor, programme, wanted, now)):
        raise Refusal(reasons)
    _end_what_is_over(actor, wanted, today(now))
    row = ProgrammePayer(
        programme_id=programme.id,
        payer_institution_id=wanted.institution_id,
        payer_person_id=actor.person_id if wanted.institution_id is None else None,
        small_firm=wanted.small_firm,
        declaration=wanted.declaration,
        document=wanted.document[0],
        document_name=wanted.document[1],
        asked_by_id=actor.person_id,
        asked_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _note(programme, row, "programme.asked", actor, now)
    return row


def _end_what_is_over(actor: Actor, wanted: Application, day: date) -> None:
    """Who asks anew was admitted to a day that is over: what was decided stays, and another can be."""
    one = ProgrammePayer
    whose = one.payer_institution_id == wanted.institution_id
    if wanted.institution_id is None:
        whose = one.payer_person_id == actor.person_id
    over = (one.state == "admitted") & (one.expires_on < day)
    db.session.execute(
        update(one)
        .where(one.programme_id == wanted.programme_id, whose, over)
        .values(state="ended", version=one.version + 1)
    )


def waiting_for(actor: Actor) -> Sequence[Row[Any]]:
    """The programmes that somebody runs and payers ask to be admitted to (id, name_en, name_zh, count), but what they asked
    for themselves. One statement, none for who runs none."""
    one, payer = ProgrammeRow, ProgrammePayer
    homes = {held.scope_id for held in actor.grants if held.role in ALLOWED[Action.PROGRAMME_EDIT]} - {None}
    of_platform = actor.has(Role.PLATFORM_ADMINISTRATOR)
    if not homes and not of_platform:
        return []
    runs = one.institution_id.in_(homes) | (
        one.institution_id.is_(None) & (true() if of_platform else false())
    )
    asked = (
        select(one.id, one.name_en, one.name_zh, func.count().label("count"))
        .join(payer, payer.programme_id == one.id)
        .where(runs, payer.state == "asked", payer.asked_by_id != actor.person_id)
        .group_by(one.id, one.name_en, one.name_zh)
        .order_by(one.id)
    )
    return db.session.execute(asked).all()


def decide(
    actor: Actor,
    number: int,
    version: int | None,
    admitted: bool,
    expires_on: date | None,
    why: str,
    now: datetime,
    already: Sequence[Reason] = (),
) -> ProgrammePayer:
    """Admit a payer, to a day or for as long as the programme lasts, or refuse it with a reason, inside a deed.

    Raises NotFound, Forbidden (nobody decides on what they asked for), Stale, or Refusal.
    """
    row = the_admission(number)
    programme = the_programme(row.programme_id)
    require_decider(actor, programme, row)
    row = locked(ProgrammePayer, number, row.version if version is None else version)
    said = " ".join(why.split())
    if reasons := together(already, _decision_objections(row, admitted, expires_on, said, now)):
        raise Refusal(reasons)
    row.state = "admitted" if admitted else "refused"
    row.expires_on = expires_on if admitted else None
    row.decided_by_id, row.decided_at, row.decided_why = actor.person_id, now, said
    db.session.flush()
    _note(programme, row, f"programme.{row.state}", actor, now)
    return row


def end(actor: Actor, number: int, version: int | None, why: str, now: datetime) -> ProgrammePayer:
    """End an admission from now on, with a reason, inside a deed; what is reserved stays so."""
    row = the_admission(number)
    programme = the_programme(row.programme_id)
    require_decider(actor, programme, row)
    row = locked(ProgrammePayer, number, row.version if version is None else version)
    said = " ".join(why.split())
    reasons = []
    if state_on(row, today(now)) != "admitted":
        reasons.append(Reason("not_admitted", None, N_("This payer is not admitted.")))
    if not said:
        reasons.append(Reason("no_reason", "reason", N_("Say why, in a few words.")))
    if reasons:
        raise Refusal(reasons)
    row.state, row.decided_by_id, row.decided_at, row.decided_why = "ended", actor.person_id, now, said
    db.session.flush()
    _note(programme, row, "programme.ended", actor, now)
    return row


def the_admission(number: int) -> ProgrammePayer:
    """An admission or the request for one; raises NotFound."""
    row = db.session.get(ProgrammePayer, number)
    if row is None:
        raise NotFound([Reason("no_admission", None, N_("There is no such request."))])
    return row


def may_see_admission(actor: Actor, row: ProgrammePayer) -> bool:
    """Whether somebody may see what a payer declared: the payer's own people, and who decides."""
    if row.payer_person_id == actor.person_id or row.asked_by_id == actor.person_id:
        return True
    own = row.payer_institution_id is not None and may(
        actor, Action.PROGRAMME_APPLY, Scope(row.payer_institution_id)
    )
    return own or may_edit(actor, the_programme(row.programme_id).institution_id)


def admissions(programme_id: int, institution_id: int | None = None) -> Sequence[ProgrammePayer]:
    """Who asked and who is admitted, those that wait first; institution_id: of one payer only."""
    found = select(ProgrammePayer).where(ProgrammePayer.programme_id == programme_id)
    if institution_id is not None:
        found = found.where(ProgrammePayer.payer_institution_id == institution_id)
    rows = db.session.scalars(found.order_by(ProgrammePayer.id.desc())).all()
    return sorted(rows, key=lambda row: (row.state != "asked", row.state != "admitted", -row.id))


def require_decider(actor: Actor, programme: ProgrammeRow, row: ProgrammePayer) -> None:
    """Raises NotFound for whoever has nothing to do with it, Forbidden for whoever asked for it."""
    if not may_edit(actor, programme.institution_id):
        raise NotFound([Reason("no_admission", None, N_("There is no such request."))])
    if row.asked_by_id == actor.person_id:
        raise Forbidden([Reason("own_request", None, N_("Nobody answers their own request."))])


def payers_asking(actor: Actor) -> set[int | None]:
    """For whom somebody may ask: institutions by number, and None for themselves where they belong to none."""
    homes: set[int | None] = {
        grant.scope_id
        for grant in actor.grants
        if grant.role in ALLOWED[Action.PROGRAMME_APPLY] and grant.scope_id is not None
    }
    return homes | ({None} if actor.institution_id is None else set())


def state_on(row: Any, day: date) -> str:
    """What an admission is on a day: one to a day that is over has ended."""
    is_over = row.expires_on is not None and row.expires_on < day
    return "ended" if row.state == "admitted" and is_over else str(row.state)


def still_to_ask(
    actor: Actor, programme_id: int, payers: Collection[int | None], day: date
) -> set[int | None]:
    """Those of these payers that are not admitted on this day, and do not wait for an answer. One statement."""
    one = ProgrammePayer
    holds = (one.state == "admitted") & (one.expires_on.is_(None) | (one.expires_on >= day))
    live = (one.state == "asked") | holds
    rows = db.session.execute(
        select(one.payer_institution_id, one.payer_person_id).where(one.programme_id == programme_id, live)
    )
    done = {row.payer_institution_id for row in rows if row.payer_person_id in (None, actor.person_id)}
    return set(payers) - done


def _require_payer(actor: Actor, institution_id: int | None) -> None:
    if institution_id is None and actor.institution_id is None:
        return
    if institution_id is not None and may(actor, Action.PROGRAMME_APPLY, Scope(institution_id)):
        return
    raise not_the_payer()


def not_the_payer() -> Forbidden:
    """Who asks speaks for no payer."""
    sentence = N_("The managers of a company, or the finance of an institution, ask for it.")
    return Forbidden([Reason("forbidden", None, sentence)])


def _objections(
    actor: Actor, programme: ProgrammeRow, wanted: Application, now: datetime
) -> Iterator[Reason]:
    home = None if wanted.institution_id is None else db.session.get(Institution, wanted.institution_id)
    kind = home.kind if home is not None else "individual"
    if programme.state != "open" or programme.valid_to < today(now):
        yield Reason("programme_closed", None, N_("This programme is closed."))
    if programme.payer_kinds and kind not in programme.payer_kinds:
        yield Reason("payer_kind", None, N_("This programme is not for payers of this kind."))
    if programme.small_firms_only and not wanted.small_firm:
        sentence = N_("This programme is for small and medium-sized enterprises: declare that you are one.")
        yield Reason("no_declaration", "small_firm", sentence)
    if programme.needs_proof and not wanted.document[0]:
        yield Reason("no_proof", "document", N_("Add the proof of what you declare."))
    if len(wanted.declaration) > LONGEST_DECLARATION:
        values = {"length": len(wanted.declaration), "most": LONGEST_DECLARATION}
        yield Reason("too_long", "declaration", N_("%(length)s characters; at most %(most)s fit."), values)
    if wanted.institution_id not in still_to_ask(actor, programme.id, {wanted.institution_id}, today(now)):
        yield Reason("asked_already", None, N_("This was asked for already, or is granted."))


def _decision_objections(
    row: ProgrammePayer, admitted: bool, expires_on: date | None, why: str, now: datetime
) -> Iterator[Reason]:
    if row.state != "asked":
        yield Reason("decided", None, N_("This was answered already."))
    if not admitted and not why:
        yield Reason("no_reason", "reason", N_("Say why, in a few words."))
    if len(why) > LONGEST_WHY:
        values = {"length": len(why), "most": LONGEST_WHY}
        yield Reason("too_long", "reason", N_("%(length)s characters; at most %(most)s fit."), values)
    if expires_on is not None and expires_on < today(now):
        yield Reason("day_over", "expires_on", N_("This day is over."), {}, N_("Choose today or later."))


def _note(programme: ProgrammeRow, row: ProgrammePayer, deed: str, actor: Actor, now: datetime) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("programme", programme.id),
        institution_id=row.payer_institution_id,
        detail={"admission_id": row.id, "reason": row.decided_why, "asked_by_id": row.asked_by_id},
    )  # fmt: skip
