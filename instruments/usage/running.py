"""Record a run that an operator made without a reservation: handed-in samples, for one or more customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.catalog import revision
from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.funds.models import Fund
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.rights import Action, Actor, Scope, may
from instruments.timespan import instant, merge
from instruments.usage.confirming import keep_counts
from instruments.usage.facts import Customer, Run, objections, run_objections
from instruments.usage.finishing import is_crowded
from instruments.usage.keeping import add_span, make_use, note_use
from instruments.usage.kinds import (
    ATTENDED,
    BY_PERSON,
    CONFIRMED,
    MORE_THAN_THERE_IS,
    RUN,
    SERVICE,
    TYPED,
    WAITING,
)
from instruments.usage.lookup import use_again
from instruments.usage.models import RunCustomer
from instruments.usage.releasing import place_of
from instruments.usage.setting import rules_of

_CUSTOMER: Any = RunCustomer.__table__
_SUBJECTS = frozenset(subject.code for subject in SUBJECT_LIST)


def record_run(actor: Actor, run: Run, now: datetime, *, confirm: bool = True) -> int:
    """Keep a run, inside a deed; its number. Confirmed at once, as its operator bears witness of it, unless it is to wait
    or more was used at once than the instrument has places.

    Raises NotFound, Forbidden, or Refusal with every reason.
    """
    place = place_of(run.instrument_id)
    if place is None:
        raise NotFound([Reason("no_instrument", "instrument_id", N_("There is no such instrument."))])
    if not may(actor, Action.USE_CONFIRM, Scope(place.owner_id, place.lab_id)):
        raise Forbidden([Reason("forbidden", None, N_("Only the lab’s staff records runs."))])
    moment = int(now.timestamp())
    if reasons := [*run_objections(run, moment), *objections(run.facts, _SUBJECTS), *_unknown(run)]:
        raise Refusal(reasons)
    revision.hold(run.instrument_id)
    spans = merge(run.spans)
    whole = (spans[0][0], spans[-1][1])
    crowded = any(is_crowded(run.instrument_id, span) for span in spans)
    state = CONFIRMED if confirm and not crowded else WAITING
    said = {"mode": SERVICE, **run.facts.columns}
    only = run.customers[0] if len(run.customers) == 1 else Customer()
    confirmed = {"confirmed_at": now, "confirmed_by_id": actor.person_id} if state == CONFIRMED else {}
    number = make_use(
        now, instrument_id=run.instrument_id, kind=RUN, user_id=only.person_id or actor.person_id,
        operator_id=actor.person_id, institution_id=only.institution_id, group_id=only.group_id,
        started_at=instant(whole[0]), ended_at=instant(whole[1]), ended_by=BY_PERSON, state=state,
        flags=MORE_THAN_THERE_IS if crowded else "",
        confirm_by=instant(rules_of(run.instrument_id).confirm_by(whole[1])), **confirmed,
        **{"samples": sum(each.samples for each in run.customers), **said}, fund_id=only.fund_id,
    )  # fmt: skip
    for start, end in spans:
        span = (instant(start), instant(end))
        add_span(number, ATTENDED, span, now, grade=TYPED, reporter="lab", recorded_by_id=actor.person_id)
    db.session.execute(
        insert(_CUSTOMER), [_row(number, place, each) for place, each in enumerate(run.customers)]
    )
    keep_counts(number, run.facts)
    note_use(use_again(number), "recorded", now, actor.person_id, customers=len(run.customers))
    return number


def _row(number: int, position: int, each: Customer) -> dict[str, Any]:
    return {
        "use_id": number,
        "position": position,
        **{
            name: getattr(each, name)
            for name in ("institution_id", "group_id", "person_id", "fund_id", "samples", "share")
        },
    }


def _unknown(run: Run) -> list[Reason]:
    """Customers that name no unit, or one that there is not."""
    found = []
    for each in run.customers:
        if each.institution_id is None and each.group_id is None and each.person_id is None:
            found.append(Reason("customer", "customers", N_("Name the unit or the person of each customer.")))
    tables = (
        (Institution, "institution_id"),
        (ResearchGroup, "group_id"),
        (Person, "person_id"),
        (Fund, "fund_id"),
    )
    for table, name in tables:
        numbers = {getattr(each, name) for each in run.customers} - {None}
        known = set(db.session.scalars(select(table.id).where(table.id.in_(numbers)))) if numbers else set()
        if numbers - known:
            found.append(Reason("no_customer", "customers", N_("There is no such customer.")))
    return found


def customers_of(use_id: int) -> list[Any]:
    """The customers of a run, in the order entered: (position, institution_id, group_id, person_id, fund_id, samples,
    share)."""
    c = _CUSTOMER.c
    return list(
        db.session.execute(
            select(c.position, c.institution_id, c.group_id, c.person_id, c.fund_id, c.samples, c.share)
            .where(c.use_id == use_id)
            .order_by(c.position)
        )
    )
