"""Doors of charges for programs: lists, one with its chain, disputes and their answers, what is entered by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from flask import Response, url_for
from sqlalchemy import ColumnElement

from instruments.charges import by_hand, disputing, fund_changing, listing
from instruments.charges.api.telling import allowed, api, looked, one, the, told_charge, whole_charge
from instruments.charges.chain import chain_of
from instruments.charges.other_funds import known_to_us, may_ask, would_bear
from instruments.charges.schemas import (
    ChargesOut,
    ChargesQuery,
    DisputeAnswerIn,
    DisputeIn,
    EnterIn,
    FundAnswerIn,
    FundChangeIn,
    FundChangeQuery,
    FundWouldOut,
    RefuseIn,
    WholeChargeOut,
)
from instruments.charges.sight import is_own, visible_charge
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.objecting import no_such_fund
from instruments.money import Money
from instruments.people.bearer import token_required
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import the_actor
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, fitting, takes, whole

ONE = "/charges/<int:charge_id>"


@api.get("/charges")
@token_required("money:read")
@asks(api, ChargesQuery)
@api.output(ChargesOut)
@api.doc(responses=[404])
def charges(query: ChargesQuery) -> Response:
    """Charges of what I used, or of a group, a lab or an institution. A look at others' money is noted."""
    whose = _whose(the_actor(), query)
    after = paging.decode(query.cursor, (str, int))
    which = listing.Which(
        query.month or "", query.state or "", query.use_id, query.reservation_id, query.first, query.last,
        query.instrument_id,
    )  # fmt: skip
    rows = listing.page(
        whose, which, (date.fromisoformat(after[0]), after[1]) if after else None, query.limit
    )
    shown, following = paging.page(rows, query.limit, lambda row: [row.service_on.isoformat(), row.id])
    return answer({"items": [told_charge(row) for row in shown], "next": following})


@api.get(ONE)
@token_required("money:read")
@api.output(WholeChargeOut)
@api.doc(responses=[404])
def charge(charge_id: int) -> Response:
    """One charge with why it costs that; its ETag is what a change must name."""
    actor = the_actor()
    row = visible_charge(actor, charge_id)
    if not is_own(actor, row):
        looked(actor, ("charge", charge_id), row.institution_id, row.lab_id)
    return one(actor, charge_id)


@api.post(f"{ONE}/dispute")
@token_required("money:write")
@takes(api, DisputeIn)
@api.output(WholeChargeOut, 201)
@api.doc(responses=[404])
def dispute(charge_id: int, wanted: Incoming[DisputeIn]) -> Response:
    """Say that a charge, or one of its lines, is wrong. The lab is told."""
    actor, now = the_actor(), clock.now()
    visible_charge(actor, charge_id)
    body = whole(wanted)
    return _made(
        actor, charge_id, now, lambda: disputing.dispute(actor, charge_id, body.reason, body.line, now)
    )


@api.post(f"{ONE}/answer")
@token_required("money:write")
@takes(api, DisputeAnswerIn)
@api.output(WholeChargeOut)
@api.doc(responses=[404, 412, 428])
def answer_dispute(charge_id: int, wanted: Incoming[DisputeAnswerIn]) -> Response:
    """Uphold a disputed charge, or adjust it by so much less; above the limit that waits for a second person. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    row = visible_charge(actor, charge_id)
    versions.matched(row.version)
    body, reasons = fitting(wanted)
    open_ = next((each for each in chain_of(row, now).disputes if each.state == disputing.OPEN), None)
    if open_ is None:
        raise NotFound([Reason("no_dispute", None, N_("There is no such dispute."))])
    less = None if body.less is None else Money(Decimal(body.less), row.currency)
    number, version = open_.id, open_.version
    perform(lambda: disputing.answer(actor, number, body.decision, body.reason, less, version, now, reasons))
    return one(actor, charge_id)


@api.post(f"{ONE}/entries")
@token_required("money:write")
@takes(api, EnterIn)
@api.output(WholeChargeOut, 201)
@api.doc(responses=[404])
def enter(charge_id: int, wanted: Incoming[EnterIn]) -> Response:
    """Enter an adjustment, credit, waiver or write-off about it; above the limit it waits for a second person."""
    actor, now = the_actor(), clock.now()
    row = visible_charge(actor, charge_id)
    body, reasons = fitting(wanted)
    amount = Money(Decimal(body.amount), row.currency)

    def act() -> Made:
        number = by_hand.enter(
            actor, charge_id, body.kind, amount, body.reason, now, reasons, meant=body.meant
        )
        made = visible_charge(actor, number)
        return Made(whole_charge(actor, made), made.version, url_for("charges_api.charge", charge_id=number))

    return made_once(actor.person_id, now, act)


@api.post(f"{ONE}/approve")
@token_required("money:write")
@api.output(WholeChargeOut)
@api.doc(responses=[404, 412, 428])
def approve(charge_id: int) -> Response:
    """Agree as the second person to what another entered or answered: it is posted, and answered with. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    versions.matched(visible_charge(actor, charge_id).version)
    number = perform(lambda: by_hand.approve(actor, charge_id, now))
    return one(actor, number)


@api.post(f"{ONE}/refuse")
@token_required("money:write")
@takes(api, RefuseIn)
@api.output(WholeChargeOut)
@api.doc(responses=[404, 412, 428])
def refuse(charge_id: int, wanted: Incoming[RefuseIn]) -> Response:
    """Refuse as the second person what another entered: it vanishes; the charge it was about is answered. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    row = visible_charge(actor, charge_id)
    versions.matched(row.version)
    body = whole(wanted)
    perform(lambda: by_hand.refuse(actor, charge_id, body.reason, now))
    return one(actor, row.about_id)


@api.post(f"{ONE}/fund")
@token_required("money:write")
@takes(api, FundChangeIn)
@api.output(WholeChargeOut, 201)
@api.doc(responses=[404])
def ask_fund(charge_id: int, wanted: Incoming[FundChangeIn]) -> Response:
    """Ask that another fund bears it: at once where nobody else has to agree, else whoever manages the fund is asked.

    Answers with the charge that then stands.
    """
    actor, now = the_actor(), clock.now()
    visible_charge(actor, charge_id)
    body, reasons = fitting(wanted)

    def act() -> Made:
        code = " ".join(body.code.split())
        if body.fund_id is not None and code:
            sentence = N_("Choose a fund, or write the code of another: not both.")
            reasons.append(Reason("two_funds", "code", sentence))
        _, number = fund_changing.ask(actor, charge_id, body.fund_id, body.reason, now, reasons, code)
        row = visible_charge(actor, number or charge_id)
        return Made(whole_charge(actor, row), row.version, url_for("charges_api.charge", charge_id=row.id))

    return made_once(actor.person_id, now, act)


@api.get(f"{ONE}/fund")
@token_required("money:read")
@asks(api, FundChangeQuery)
@api.output(FundWouldOut)
@api.doc(responses=[404])
def other_fund(charge_id: int, query: FundChangeQuery) -> Response:
    """What it would come to if another fund bore it."""
    actor, now = the_actor(), clock.now()
    row = visible_charge(actor, charge_id)
    fund = known_to_us(actor, row, query.fund_id, "", now) if may_ask(actor, row) else None
    if fund is None:
        raise Refusal([no_such_fund()])
    found = would_bear(actor, row, fund, now)
    told = {"amount": str(found.amount.amount), "currency": found.amount.currency}
    return answer(
        {"fund_id": fund.id, **told, "customer_class": found.customer_class, "at_once": found.at_once}
    )


@api.post(f"{ONE}/fund/answer")
@token_required("money:write")
@takes(api, FundAnswerIn)
@api.output(WholeChargeOut)
@api.doc(responses=[404, 412, 428])
def answer_fund(charge_id: int, wanted: Incoming[FundAnswerIn]) -> Response:
    """Agree for the fund that is asked, or refuse. Answers with the charge that then stands. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    versions.matched(visible_charge(actor, charge_id).version)
    body, reasons = fitting(wanted)
    number = perform(lambda: fund_changing.answer(actor, charge_id, body.decision, body.reason, now, reasons))
    return one(actor, number or charge_id)


def _made(actor: Actor, charge_id: int, now: datetime, act: Callable[[], object]) -> Response:
    """Do it once for an Idempotency-Key, and answer with the charge as it then is."""

    def doing() -> Made:
        act()
        row = visible_charge(actor, charge_id)
        return Made(whole_charge(actor, row), row.version, url_for("charges_api.charge", charge_id=charge_id))

    return made_once(actor.person_id, now, doing)


def _whose(actor: Actor, query: ChargesQuery) -> ColumnElement[bool]:
    """The condition, if the actor may see those; NotFound as for none."""
    if query.group_id is not None:
        place = the(ResearchGroup, query.group_id)
        scope = Scope(place.institution_id, group_ids=frozenset({place.id}))
        allowed(actor, Action.COSTS_SEE, scope, ("group", place.id), "group costs")
        return listing.of_group(place.id)
    if query.lab_id is not None:
        lab = the(Lab, query.lab_id)
        allowed(actor, Action.INCOME_SEE, Scope(lab.institution_id, lab.id), ("lab", lab.id), "lab income")
        return listing.of_lab(lab.id)
    if query.institution_id is not None:
        home = the(Institution, query.institution_id)
        income = query.side == "income"
        action = Action.INCOME_SEE if income else Action.COSTS_SEE
        allowed(actor, action, Scope(home.id), ("institution", home.id), "owed" if income else "borne")
        return listing.owed_to(home.id) if income else listing.owed_by(home.id)
    return listing.of_person(actor.person_id)
