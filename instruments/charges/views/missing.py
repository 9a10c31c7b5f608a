"""The lab's worklist of what is not charged yet, as a page: every piece that is missing, with what fills it in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges import naming, naming_many, worklist
from instruments.charges.charging import charge, prepare
from instruments.charges.views.doors import A_PAGE, looked, pages
from instruments.charges.views.missing_lines import fee_lines, use_lines
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.typed import whole
from instruments.web import clock, formats, paging
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

LIST = "/labs/<int:lab_id>/charges/missing"
ONE = f"{LIST}/<int:use_id>/<int:customer>"
MOST_FEES = 50


@pages.get(LIST)
def missing(lab_id: int) -> ResponseReturnValue:
    """What waits, and why."""
    actor, lab = _entered(lab_id)
    looked(actor, ("lab", lab_id), lab.institution_id, lab_id, "not charged")
    return _page(lab_id)


@pages.post(f"{ONE}/payer")
def name_payer(lab_id: int, use_id: int, customer: int) -> ResponseReturnValue:
    """Say who pays for one."""
    kind, number = _payer_typed()
    return _done(lab_id, (use_id, customer), partial(_name, use_id, customer, kind, number))


@pages.post(f"{ONE}/price")
def choose_price(lab_id: int, use_id: int, customer: int) -> ResponseReturnValue:
    """Charge one by what was published for its day."""
    return _done(
        lab_id, (use_id, customer), partial(_price, use_id, customer, request.form.get("reason", ""))
    )


@pages.post(f"{LIST}/fees/<int:charge_id>/payer")
def name_fee_payer(lab_id: int, charge_id: int) -> ResponseReturnValue:
    """Say who pays a fee."""
    kind, number = _payer_typed()

    def act(actor: Actor, now: datetime) -> list[int]:
        naming_many.name_fee_payer(actor, charge_id, kind, number, now)
        return []

    return _done(lab_id, (0, charge_id), act, gettext("Charged."))


@pages.post(f"{LIST}/prices")
def choose_prices(lab_id: int) -> ResponseReturnValue:
    """Charge all that lack a price by what was published for their days."""
    reason = request.form.get("all_reason", "")
    return _done(lab_id, (0, 0), lambda actor, now: naming_many.choose_prices(actor, lab_id, reason, now))


@pages.post(f"{LIST}/payers")
def name_payers(lab_id: int) -> ResponseReturnValue:
    """Name the only fund that could pay, wherever there is just one."""
    return _done(lab_id, (0, 0), lambda actor, now: naming_many.name_only_funds(actor, lab_id, now))


def _payer_typed() -> tuple[str, int]:
    kind, _, number = request.form.get("payer", "").partition(":")
    return kind, whole(number) or 0


def _name(use_id: int, customer: int, kind: str, number: int, actor: Actor, now: datetime) -> list[int]:
    naming.name_payer(actor, use_id, customer, kind, number, now)
    return [use_id]


def _price(use_id: int, customer: int, reason: str, actor: Actor, now: datetime) -> list[int]:
    naming.choose_price(actor, use_id, customer, reason, now)
    return [use_id]


def _done(
    lab_id: int, line: tuple[int, int], act: Callable[[Actor, datetime], list[int]], said: str = ""
) -> ResponseReturnValue:
    """Do it, and charge the uses it names at once if nothing else is missing. line: where a refusal is said."""
    actor, _ = _entered(lab_id)
    now = clock.now()
    try:
        numbers = perform(lambda: act(actor, now))
    except Refusal as refusal:
        show_or_raise(refusal, 403, 412, 422)
        return _page(lab_id, line, refusal), refusal.status
    flash(*((said, "free") if said else _charged(numbers, actor, now)))
    return redirect(url_for(".missing", lab_id=lab_id), 303)


def _charged(numbers: list[int], actor: Actor, now: datetime) -> tuple[str, str]:
    """Charge these uses, and say what became of them."""
    prepared = prepare(numbers)
    db.session.rollback()
    done = len(perform(lambda: charge(prepared, now, actor.person_id)))
    lacking = len({each.thing.use_id for each in prepared.lacking})
    later = len({each.thing.use_id for each in prepared.ready if not each.thing.is_final})
    if not numbers:
        return gettext("There is nothing that this rule could name."), "warn"
    if len(numbers) == 1 and done:
        return gettext("Charged."), "free"
    if len(numbers) == 1 and later:
        return gettext("Noted. It is charged when the use is confirmed."), "free"
    if len(numbers) == 1:
        return gettext("Noted. Something else is still missing."), "warn"
    told = gettext("%(count)s charged.", count=formats.count(done))
    if lacking:
        told += gettext(" %(count)s still lack something else.", count=formats.count(lacking))
    return told, "warn" if lacking else "free"


def _entered(lab_id: int) -> tuple[Actor, Lab]:
    actor, lab = the_actor(), db.session.get(Lab, lab_id)
    scope = lab and Scope(institution_id=lab.institution_id, lab_id=lab.id)
    if lab is None or scope is None or not may(actor, Action.CHARGE_PREPARE, scope):
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return actor, lab


def _page(lab_id: int, line: tuple[int, int] = (0, 0), refusal: Refusal | None = None) -> str:
    lab = db.session.get(Lab, lab_id)
    assert lab is not None  # noqa: S101 - entered before
    after = paging.decode(request.args.get("after"), (int, int))
    rows, last = worklist.unpriced(lab_id, worklist.Place(*after) if after else None, A_PAGE)
    actor = the_actor()
    lines = use_lines(rows, lab, actor)
    fees = [] if after else fee_lines(worklist.unpaid_fees(lab_id, MOST_FEES), lab, actor)
    others = [each for each in (*lines, *fees) if not each["is_own"]]
    following = paging.encode(list(last)) if last else None
    return render_template(
        "charges/missing.html",
        lab=lab,
        lab_name=in_language(lab.name_en, lab.name_zh),
        total=worklist.how_many([lab_id]).get(lab_id, 0),
        lines=lines,
        fees=fees,
        prices_by_rule=sum(each["no_price"] for each in others) > 1,
        payers_by_rule=sum(each["no_payer"] for each in others) > 1,
        following=following and url_for(".missing", lab_id=lab_id, after=following),
        first=url_for(".missing", lab_id=lab_id) if after else None,
        reasons=by_field(refusal),
        asked=line,
        typed=request.form,
    )
