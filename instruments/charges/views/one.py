"""One charge as a page: why this amount, from the reservation to the entries, and what the reader may do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges import by_hand, disputing, fund_changing
from instruments.charges.alone import left_alone
from instruments.charges.chain import chain_of
from instruments.charges.lowering import disputed
from instruments.charges.other_funds import may_ask
from instruments.charges.reversing import the_charge
from instruments.charges.sight import creditor_scope, is_own, of_creditor, of_payer, sees, visible_charge
from instruments.charges.states import BY_HAND, DISPUTED, DRAFT, NAMES, POSTED, REVERSAL, WRITE_OFF
from instruments.charges.views.doors import looked, money_typed, pages
from instruments.charges.views.other_fund import fund_typed, funds_of_page, what_changes
from instruments.charges.views.telling import told
from instruments.charges.waiting_answers import dispute_of, waiting_answer
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.money import Money
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import the_actor
from instruments.reservations.lookup import seen_of
from instruments.web import clock, versions
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ONE = "/charges/<int:charge_id>"


@pages.get(ONE)
def one(charge_id: int) -> ResponseReturnValue:
    """A charge with its chain."""
    actor = the_actor()
    row = visible_charge(actor, charge_id)
    if not is_own(actor, row):
        looked(actor, ("charge", charge_id), row.institution_id, row.lab_id)
    return _page(actor, charge_id)


@pages.post(f"{ONE}/dispute")
def dispute_one(charge_id: int) -> ResponseReturnValue:
    """Say that it, or one of its lines, is wrong."""
    reason, line = request.form.get("reason", ""), request.form.get("line", type=int)

    def act(actor: Actor, now: datetime) -> Any:
        return disputing.dispute(actor, charge_id, reason, line, now)

    return _done(charge_id, act, gettext("The lab is asked. You are told of its answer."))


@pages.post(f"{ONE}/answer")
def answer_one(charge_id: int) -> ResponseReturnValue:
    """Uphold or adjust what is disputed."""
    form = request.form
    number, version = form.get("dispute", 0, type=int), versions.typed()
    decision, reason = form.get("decision", ""), form.get("reason", "")

    def act(actor: Actor, now: datetime) -> Any:
        row, unread = visible_charge(actor, charge_id), list[Reason]()
        less = money_typed("less", row.currency, unread) if decision == disputing.ADJUSTED else None
        return disputing.answer(actor, number, decision, reason, less, version, now, unread)

    def said() -> str:
        if waiting_answer(number) is not None:
            return gettext("It takes off more than one person may alone, and waits for a second person.")
        return gettext("Answered. The person is told.")

    return _done(charge_id, act, said)


@pages.post(f"{ONE}/withdraw")
def withdraw_one(charge_id: int) -> ResponseReturnValue:
    """Take back what oneself disputes."""
    number, version = request.form.get("dispute", 0, type=int), versions.typed()
    return _done(
        charge_id, lambda actor, now: disputing.withdraw(actor, number, version, now), gettext("Withdrawn.")
    )


@pages.post(f"{ONE}/enter")
def enter_one(charge_id: int) -> ResponseReturnValue:
    """Enter an adjustment, a credit, a waiver or a write-off about it."""
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
    waits = list[bool]()

    def act(actor: Actor, now: datetime) -> None:
        row, unread = visible_charge(actor, charge_id), list[Reason]()
        amount = money_typed("amount", row.currency, unread) or Money.none(row.currency)
        number = by_hand.enter(
            actor, charge_id, kind, amount, reason, now, unread, meant=bool(request.form.get("meant"))
        )
        waits.append(visible_charge(actor, number).waits_for_second)

    def said() -> str:
        if waits[-1]:
            return gettext(
                "Entered. It brings what was changed of this charge above the limit and waits for a second person."
            )
        return gettext("Entered and posted.")

    return _done(charge_id, act, said)


@pages.post(f"{ONE}/approve")
def approve_one(charge_id: int) -> ResponseReturnValue:
    """Agree as the second person."""
    agreed = list[int]()

    def act(actor: Actor, now: datetime) -> int:
        agreed.append(by_hand.approve(actor, charge_id, now))
        return agreed[-1]

    def said() -> str:
        if the_charge(agreed[-1]).posted_at is None:
            return gettext("Agreed. The charge is not final yet.")
        return gettext("Agreed and posted.")

    return _done(charge_id, act, said, follow=True)


@pages.post(f"{ONE}/refuse")
def refuse_one(charge_id: int) -> ResponseReturnValue:
    """Refuse as the second person; what was entered vanishes."""
    actor = the_actor()
    about = visible_charge(actor, charge_id).about_id
    reason = request.form.get("reason", "")
    return _done(
        charge_id,
        lambda who, now: by_hand.refuse(who, charge_id, reason, now),
        gettext("Refused. Nothing was posted."),
        about,
    )


@pages.post(f"{ONE}/fund")
def ask_fund(charge_id: int) -> ResponseReturnValue:
    """Ask that another fund bears it; at once where nobody else has to agree."""
    reason, at_once = request.form.get("reason", ""), list[bool]()

    def act(actor: Actor, now: datetime) -> int:
        unread: list[Reason] = []
        fund_id, code = fund_typed(request.form, unread)
        _, number = fund_changing.ask(actor, charge_id, fund_id, reason, now, unread, code)
        at_once.append(number is not None)
        return number or charge_id

    def said() -> str:
        if at_once[-1]:
            return gettext("The other fund bears it now.")
        return gettext("Asked. Nothing changes before whoever manages the fund agrees.")

    return _done(charge_id, act, said, follow=True)


@pages.get(f"{ONE}/fund")
def see_fund(charge_id: int) -> ResponseReturnValue:
    """What another fund would change, as it is chosen."""
    actor, now = the_actor(), clock.now()
    row = visible_charge(actor, charge_id)
    found = what_changes(actor, row, request.args, now) if may_ask(actor, row) else []
    return render_template("charges/other_fund.html", other_fund=found)


@pages.post(f"{ONE}/fund/show")
def show_fund(charge_id: int) -> ResponseReturnValue:
    """Without scripts: back to the charge, with what was chosen and what it would change."""
    visible_charge(the_actor(), charge_id)
    typed = {name: request.form.get(name, "")[:60] for name in ("fund_id", "code")}
    return redirect(url_for(".one", charge_id=charge_id, **typed, _anchor="other-fund"), 303)


@pages.post(f"{ONE}/fund/answer")
def answer_fund(charge_id: int) -> ResponseReturnValue:
    """Agree or refuse for the fund."""
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")

    def act(actor: Actor, now: datetime) -> int:
        return fund_changing.answer(actor, charge_id, decision, reason, now) or charge_id

    return _done(charge_id, act, gettext("Answered. The person is told."), follow=True)


def _done(
    charge_id: int,
    act: Callable[[Actor, datetime], Any],
    said: str | Callable[[], str],
    next_id: int | None = None,
    *,
    follow: bool = False,
) -> ResponseReturnValue:
    """Do it and show the charge, or another; with follow the one that the act names, where the reader may see it."""
    actor, now = the_actor(), clock.now()
    visible_charge(actor, charge_id)
    try:
        made = perform(lambda: act(actor, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(actor, charge_id, refusal), refusal.status
    flash(said if isinstance(said, str) else said(), "free")
    number = made if follow else next_id or charge_id
    return redirect(url_for(".one", charge_id=number) if sees(actor, number) else "/home", 303)


def _page(actor: Actor, charge_id: int, refusal: Refusal | None = None) -> str:
    row, now = visible_charge(actor, charge_id), clock.now()
    chain = chain_of(row, now)
    whole = of_creditor(actor, row)
    open_ = next((each for each in chain.disputes if each.state == disputing.OPEN), None)
    waiting = waiting_answer(open_.id) if open_ is not None else None
    adjusts = row.state == POSTED and row.kind not in (*BY_HAND, REVERSAL)
    scope = creditor_scope(row)
    return render_template(
        "charges/charge.html",
        **told(actor, row, chain, whole),
        disputes_it=of_payer(actor, row, Action.CHARGE_DISPUTE)
        and row.state in (DRAFT, POSTED)
        and row.kind != REVERSAL
        and not row.waits_for_second,
        open_dispute=open_,
        waiting=waiting,
        waiting_less=waiting and Money.from_units(-waiting.total_units, waiting.currency),
        answers=(answers := open_ is not None and disputing.may_answer(actor, open_, row)),
        # What its answer can take off, and whether of one line.
        disputed=disputed(row, open_.position) if open_ is not None and answers else None,
        withdraws=open_ is not None and open_.raised_by_id == actor.person_id,
        enters=(enters := adjusts and may(actor, Action.CHARGE_ADJUST, scope)),
        alone=left_alone(row) if enters else None,
        kinds=[
            (kind, gettext(NAMES[kind]))
            for kind in BY_HAND
            if kind != WRITE_OFF or may(actor, Action.CHARGE_WRITE_OFF, scope)
        ],
        second=by_hand.may_approve(actor, row),
        posts=dispute_of(row) is None or the_charge(row.about_id).posted_at is not None,
        worklist=url_for("charges.missing", lab_id=row.lab_id)
        if may(actor, Action.CHARGE_PREPARE, scope)
        else "",
        is_disputed=row.state == DISPUTED,
        sees_reservation=bool(row.reservation_id and seen_of(actor, [row.reservation_id])),
        **funds_of_page(actor, row, now),
        reasons=by_field(refusal),
        # Which form was refused: the reasons stand there.
        asked=request.path.partition(f"/charges/{charge_id}/")[2] if refusal else "",
        typed=request.form,
    )
