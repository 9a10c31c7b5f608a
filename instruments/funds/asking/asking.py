"""Ask for the right to charge a fund, take that back, and let go what nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, Stale
from instruments.funds.asking.finding import managed_by, meant_by, the_request
from instruments.funds.asking.models import FundRequest
from instruments.funds.knowing import with_right
from instruments.funds.models import Fund
from instruments.funds.watching import owners
from instruments.journal.record import record
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.roles import active_person
from instruments.people.signing import actor_by_id, today

MOST_OPEN = 10
LONGEST_SAID, LONGEST_WORDS = 254, 500
VALID_FOR = timedelta(days=30)
AT_ONCE = 200
_TABLE: Any = FundRequest.__table__


def ask(actor: Actor, said: str, words: str, now: datetime) -> FundRequest:
    """Ask by the code of a fund of one's own institution, or by the mail address of whoever manages one, inside a deed.

    Whether there is such a fund, or such a person, makes no difference to the answer. Raises Refusal with every reason.
    """
    said, words = " ".join(said.split()), " ".join(words.split())
    by_mail = "@" in said
    said = said.lower() if by_mail else said
    db.session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update(key_share=True))
    if reasons := list(_objections(actor, said, words)):
        raise Refusal(reasons)
    holder = active_person(said, today(now)) if by_mail else None
    row = FundRequest(
        asker_id=actor.person_id, home_id=actor.institution_id, said=said, by_mail=by_mail,
        holder_id=holder.id if holder else None, words=words, asked_at=now, expires_at=now + VALID_FOR, state="open",
        version=1,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    note(row, "asked", actor.person_id, now, told=list(_told(actor, row, now)), reason=words)
    return row


def _objections(actor: Actor, said: str, words: str) -> Iterator[Reason]:
    if not said or len(said) > LONGEST_SAID:
        sentence = N_("Write the code of the fund, or the mail address of whoever manages it.")
        yield Reason("said", "fund", sentence)
    elif said == actor.mail:
        remedy = N_("You give the right to charge a fund that you manage on its page.")
        yield Reason("own_mail", "fund", N_("This is your own address."), {}, remedy)
    elif (fund := _charged_already(actor, said)) is not None:
        remedy = N_("Choose it when you book.")
        yield Reason("has_right", "fund", N_("You may charge %(fund)s already."), {"fund": fund}, remedy)
    if not words:
        yield Reason("no_words", "reason", N_("Say what for."))
    elif len(words) > LONGEST_WORDS:
        yield Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST_WORDS})
    mine = FundRequest.asker_id == actor.person_id, FundRequest.state == "open"
    if db.session.scalar(select(FundRequest.id).where(*mine, FundRequest.said == said)):
        remedy = N_("It waits for its answer below.")
        yield Reason("asked_already", "fund", N_("You asked for this already."), {}, remedy)
    elif (db.session.scalar(select(func.count()).where(*mine)) or 0) >= MOST_OPEN:
        sentence = N_("You wait for %(most)s answers already.")
        yield Reason("too_many_open", None, sentence, {"most": MOST_OPEN}, N_("Take one of them back first."))


def _charged_already(actor: Actor, said: str) -> str | None:
    """The name of a fund of this code that somebody may charge, and so knows."""
    funds = {fund.id: fund for fund in meant_by(actor.institution_id, said)}
    known = [fund for number, fund in funds.items() if number in with_right(actor, funds)]
    return " / ".join(filter(None, (known[0].name_en, known[0].name_zh))) if known else None


def _told(actor: Actor, row: FundRequest, now: datetime) -> Iterator[list[Any]]:
    """Who is told: of which fund (None: of one of theirs), and whom."""
    if row.by_mail:
        holder = actor_by_id(row.holder_id, now) if row.holder_id is not None else None
        owns = holder and db.session.scalar(
            select(Fund.id).where(managed_by(holder, today(now)), Fund.state != "closed").limit(1)
        )
        if holder and owns:
            yield [None, [holder.person_id]]
        return
    for fund in meant_by(row.home_id, row.said):
        told = set(owners(fund.kind, fund.owner_institution_id, fund.group_id, now)) - {actor.person_id}
        yield [fund.id, sorted(told)]


def withdraw(actor: Actor, number: int, version: int | None, now: datetime) -> FundRequest:
    """Take one's own request back, inside a deed. Raises NotFound, Forbidden, Stale, or Refusal."""
    row = the_request(actor, number, now)
    if row.asker_id != actor.person_id:
        raise Forbidden([Reason("not_asker", None, N_("Only who asked withdraws it."))])
    require_open(row, version)
    end(row, "withdrawn", actor.person_id, now)
    note(row, "withdrawn", actor.person_id, now)
    return row


def expire_requests(now: datetime) -> int:
    """Let go what nobody answered in time, inside a deed; how many. Again changes nothing."""
    late = select(_TABLE.c.id).where(_TABLE.c.state == "open", _TABLE.c.expires_at <= now)
    numbers = db.session.scalars(late.order_by(_TABLE.c.id).limit(AT_ONCE).with_for_update()).all()
    db.session.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_(numbers))
        .values(state="expired", ended_at=now, version=_TABLE.c.version + 1)
    )
    for number in numbers:
        note(db.session.get_one(FundRequest, number, populate_existing=True), "expired", None, now)
    return len(numbers)


def require_open(row: FundRequest, version: int | None) -> None:
    """Lock the request; raises Stale or Refusal where it is no longer what was looked at."""
    db.session.refresh(row, with_for_update=True)
    if version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    if row.state != "open":
        raise Refusal([Reason("not_waiting", None, N_("This request was answered already."))])


def end(row: FundRequest, state: str, actor_id: int, now: datetime, **values: Any) -> None:
    """Set how it ended."""
    row.state, row.ended_at, row.ended_by_id, row.version = state, now, actor_id, row.version + 1
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()


def note(row: FundRequest, deed: str, actor_id: int | None, now: datetime, **detail: Any) -> None:
    """Write it into the journal."""
    record(
        now=now, actor_id=actor_id, deed=f"fund_request.{deed}", thing=("fund_request", row.id),
        institution_id=row.home_id, detail={"user_id": row.asker_id, "said": row.said, **detail},
    )  # fmt: skip
