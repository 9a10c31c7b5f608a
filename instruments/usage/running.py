"""Record a run that an operator made without a reservation: handed-in samples, for one or more customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.catalog import revision
from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, together
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.counting import Use
from instruments.timespan import Pair, instant, merge
from instruments.usage.allotting import allot_again
from instruments.usage.confirming import keep_fault
from instruments.usage.countable import keep_counts
from instruments.usage.customers import Served, against_funds, served, unknown
from instruments.usage.dividing import divided
from instruments.usage.facts import (
    Customer,
    Run,
    against_fault_length,
    objections,
    of_customer,
    run_objections,
)
from instruments.usage.finishing import is_crowded
from instruments.usage.keeping import add_span, change_use, make_use, note_use, settled
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
from instruments.usage.reported import standing
from instruments.usage.setting import rules_of
from instruments.usage.settling import last_minutes

_CUSTOMER: Any = RunCustomer.__table__
# Where these are wrong, of the run or of a customer, what a fund would have to pay is not known.
_UNWEIGHED = frozenset({"instrument", "customers", "start", "end", "mode", "samples", "share"})
_SUBJECTS = frozenset(subject.code for subject in SUBJECT_LIST)


def record_run(
    actor: Actor, run: Run, now: datetime, *, confirm: bool = True, already: Sequence[Reason] = ()
) -> int:
    """Keep a run, inside a deed; its number. Confirmed at once, as its operator bears witness of it, unless it is to wait
    or more was used at once than the instrument has places. Its prices are those of the moment at which it began; the
    fund that is named for a customer has to be able to pay. already: what could not be read, told with what is found here.

    Raises NotFound, Forbidden, or Refusal with every reason.
    """
    place = place_of(run.instrument_id)
    if place is None:
        raise NotFound([Reason("no_instrument", "instrument_id", N_("There is no such instrument."))])
    if not may(actor, Action.USE_CONFIRM, Scope(place.owner_id, place.lab_id)):
        raise Forbidden([Reason("forbidden", None, N_("Only the lab’s staff records runs."))])
    moment = int(now.timestamp())
    found = [*run_objections(run, moment), *objections(run.facts, _SUBJECTS), *unknown(run.customers, now)]
    spans, named = merge(run.spans), list[Served]()
    found += against_fault_length(run.facts, sum(end - start for start, end in spans)) if spans else ()
    wrong = together(already, found)
    fields = {str(reason.field) for reason in wrong}
    if spans and not _UNWEIGHED & {name.rpartition(".")[2] for name in fields}:
        start, mode = spans[0][0], run.facts.mode or SERVICE
        nobody = [place for place in range(len(run.customers)) if of_customer(place) in fields]
        named, parts = served(run.customers, run.instrument_id, start, mode, now, nobody), _parts(run, spans)
        wrong += against_funds(actor, named, [parts[each.place] for each in named], run.instrument_id, start)
    if wrong:
        raise Refusal(wrong)
    revision.hold(run.instrument_id)
    # What meters saw of it and nobody had reserved is its own, if the instrument serves one at a time.
    crowded = is_crowded(run.instrument_id, spans, of_nobody=False)
    seen = standing(run.instrument_id, (spans[0][0], spans[-1][1]))
    confirms = confirm and not crowded and not seen
    number = _make(actor, run, named, spans, now, crowded=crowded, confirms=confirms)
    for start, end in spans:
        span = (instant(start), instant(end))
        add_span(number, ATTENDED, span, now, grade=TYPED, reporter="lab", recorded_by_id=actor.person_id)
    db.session.execute(insert(_CUSTOMER), [_row(number, place, each) for place, each in enumerate(named)])
    keep_counts(number, run.facts.counts)
    keep_fault(number, run.facts, actor, now)
    note_use(use_again(number), "recorded", now, actor.person_id, customers=len(run.customers))
    if seen:
        allot_again(run.instrument_id, spans, now)
        if confirm and not crowded and settled(number, now).used == spans:
            _confirm(number, actor, now)
    return number


def _confirm(number: int, actor: Actor, now: datetime) -> None:
    """What meters saw of it lies within what was typed: it bears it out, and counts."""
    said = {"confirmed_at": now, "confirmed_by_id": actor.person_id}
    change_use(use_again(number), now, state=CONFIRMED, **said)


def _make(
    actor: Actor, run: Run, named: Sequence[Served], spans: Sequence[Pair], now: datetime, *,
    crowded: bool, confirms: bool,
) -> int:  # fmt: skip
    only = named[0].customer if len(named) == 1 else Customer()
    confirmed = {"confirmed_at": now, "confirmed_by_id": actor.person_id} if confirms else {}
    samples = sum(each.samples for each in run.customers)
    return make_use(
        now, instrument_id=run.instrument_id, kind=RUN, user_id=only.person_id or actor.person_id,
        operator_id=actor.person_id, institution_id=only.institution_id, group_id=only.group_id, fund_id=only.fund_id,
        started_at=instant(spans[0][0]), ended_at=instant(spans[-1][1]), ended_by=BY_PERSON,
        state=CONFIRMED if confirms else WAITING, flags=MORE_THAN_THERE_IS if crowded else "",
        confirm_by=instant(rules_of(run.instrument_id).confirm_by(spans[-1][1])), **confirmed,
        **{"samples": samples, "mode": SERVICE, **run.facts.columns},
        version_id=named[0].offer.version_id, customer_class=named[0].offer.customer.key if len(named) == 1 else None,
    )  # fmt: skip


def _parts(run: Run, spans: Sequence[Pair]) -> list[Use]:
    """What falls to each customer, as it will be charged."""
    facts = run.facts
    whole = Use(
        sessions=tuple(spans),
        not_charged=tuple(last_minutes(spans, facts.fault_minutes or 0)),
        counts=facts.counts or {},
        operator_minutes=facts.operator_minutes or 0,
        samples=sum(each.samples for each in run.customers) if facts.samples is None else facts.samples,
    )
    return divided(whole, run.customers) if len(run.customers) > 1 else [whole]


def _row(number: int, position: int, each: Served) -> dict[str, Any]:
    said = ("institution_id", "group_id", "person_id", "fund_id", "samples", "share")
    return {
        "use_id": number,
        "position": position,
        "customer_class": each.offer.customer.key,
        **{name: getattr(each.customer, name) for name in said},
    }


def customers_of(use_id: int) -> list[Any]:
    """The customers of a run, in the order entered: (use_id, position, institution_id, group_id, person_id, fund_id,
    customer_class, samples, share)."""
    return customers_of_many([use_id]).get(use_id, [])


def customers_of_many(use_ids: Collection[int]) -> dict[int, list[Any]]:
    """The same of many, those without any left out. One statement."""
    c = _CUSTOMER.c
    asked = select(
        c.use_id, c.position, c.institution_id, c.group_id, c.person_id, c.fund_id, c.customer_class, c.samples, c.share
    ).where(c.use_id.in_(use_ids))  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(asked.order_by(c.use_id, c.position)):
        found.setdefault(row.use_id, []).append(row)
    return found
