"""Open funds, change their terms, block them, and close them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, together
from instruments.funds.holding import lock
from instruments.funds.knowing import standings
from instruments.funds.models import EXTERNAL, KINDS, SOURCES, Fund, FundUser
from instruments.funds.watching import watch
from instruments.funds.whose import may_set_terms_of, require_manager, require_terms, the_fund
from instruments.journal.record import record
from instruments.money import Money, is_current
from instruments.people.models import Institution, ResearchGroup
from instruments.people.rights import Actor
from instruments.people.versions import changes, locked

USUAL_WARNINGS = (80, 100)
MOST_WARNINGS = 5
LONGEST_CODE, LONGEST_NAME, LONGEST_WHY = 60, 200, 300


@dataclass(frozen=True, slots=True)
class Terms:
    """What can be changed of a fund later. budget: None for none, and always for a wallet; warn_percents: of it; overdraws:
    whether it is meant where a budget is cut below what is spent and held.
    """

    code: str
    name_en: str
    name_zh: str
    valid_from: date
    valid_to: date | None = None
    budget: Money | None = None
    source: str = ""
    warn_percents: Sequence[int] = USUAL_WARNINGS
    overdraws: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What is said of a new fund; for_all: everybody of its group or owner may charge it."""

    kind: str
    institution_id: int
    owner_institution_id: int
    group_id: int | None
    currency: str
    terms: Terms
    for_all: bool = False


def open_fund(actor: Actor, opened: Opened, now: datetime, already: Sequence[Reason] = ()) -> Fund:
    """Open a fund, inside a deed. Raises Forbidden, or Refusal with every reason; already: those found before."""
    if reasons := together(already, _opening_objections(opened)):
        raise Refusal(reasons)
    if not may_set_terms_of(
        actor, opened.kind, opened.institution_id, opened.owner_institution_id, opened.group_id
    ):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    fund = Fund(
        kind=opened.kind,
        institution_id=opened.institution_id,
        owner_institution_id=opened.owner_institution_id,
        group_id=opened.group_id,
        currency=opened.currency,
        created_at=now,
        created_by_id=actor.person_id,
        **_columns(opened.terms),
    )
    db.session.add(fund)
    db.session.flush()
    if opened.for_all:
        db.session.add(FundUser(fund_id=fund.id, given_by_id=actor.person_id, given_at=now))
        db.session.flush()
    detail = {
        "kind": fund.kind,
        "code": fund.code,
        "budget_units": fund.budget_units,
        "for_all": opened.for_all,
    }
    note(fund, "fund.opened", actor, now, detail)
    return fund


def edit_fund(
    actor: Actor,
    number: int,
    version: int | None,
    terms: Terms,
    now: datetime,
    already: Sequence[Reason] = (),
) -> Fund:
    """Change the terms of a fund, inside a deed. Raises NotFound, Forbidden, Stale, or Refusal with every reason."""
    fund = the_fund(actor, number)
    require_terms(actor, fund)
    lock([number])
    fund = locked(Fund, number, fund.version if version is None else version)
    against = [*_terms_objections(fund.kind, fund.currency, terms, fund), *_cut_objections(fund, terms)]
    if reasons := together(already, against):
        raise Refusal(reasons)
    found = changes(fund, _columns(terms))
    db.session.flush()
    note(fund, "fund.edited", actor, now, found)
    watch([number], now)
    db.session.refresh(fund)
    return fund


def _cut_objections(fund: Fund, terms: Terms) -> Iterator[Reason]:
    """Against a budget that is cut below what is spent and held, unless that is meant."""
    budget = terms.budget
    if budget is None or budget.currency != fund.currency or terms.overdraws:
        return
    standing = standings([fund.id])[fund.id]
    taken = standing.spent + standing.held
    if taken <= budget.units or (fund.budget_units is not None and budget.units >= fund.budget_units):
        return
    sums = {"spent": standing.spent, "held": standing.held, "missing": taken - budget.units, "least": taken}
    values = {name: Money.from_units(units, fund.currency) for name, units in sums.items()}
    sentence = N_(
        "%(spent)s is spent and %(held)s held: with this budget it would be overdrawn by %(missing)s, and take no new bookings."
    )
    remedy = N_("Enter at least %(least)s, or say that it is meant so.")
    yield Reason("below_taken", "budget", sentence, values, remedy)


def set_state(actor: Actor, number: int, version: int | None, state: str, why: str, now: datetime) -> Fund:
    """Block a fund for new bookings, open it again, or close it for good, inside a deed.

    What is held of a closed fund has to be settled or released first. Raises NotFound, Forbidden, Stale, Refusal.
    """
    fund = the_fund(actor, number)
    require_manager(actor, fund)
    lock([number])
    fund = locked(Fund, number, fund.version if version is None else version)
    said = " ".join(why.split())
    if reasons := list(_state_objections(fund, state, said)):
        raise Refusal(reasons)
    fund.state, fund.blocked_why = state, said if state == "blocked" else ""
    fund.closed_at = now if state == "closed" else None
    db.session.flush()
    note(fund, {"blocked": "fund.blocked", "open": "fund.unblocked", "closed": "fund.closed"}[state], actor, now,
         {"reason": said})  # fmt: skip
    return fund


def note(fund: Fund, deed: str, actor: Actor, now: datetime, detail: Mapping[str, Any]) -> None:
    """Write into the journal what was done to a fund."""
    record(
        now=now,
        actor_id=actor.person_id,
        deed=deed,
        thing=("fund", fund.id),
        institution_id=fund.owner_institution_id,
        detail=detail,
    )


def _columns(terms: Terms) -> dict[str, Any]:
    return {
        "code": terms.code,
        "name_en": terms.name_en,
        "name_zh": terms.name_zh,
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "budget_units": terms.budget.units if terms.budget is not None else None,
        "source": terms.source,
        "warn_percents": sorted(set(terms.warn_percents)),
    }


NO_CURRENCY = Reason(
    "currency", "currency", N_("There is no such currency. Write three letters, such as CNY.")
)


def _opening_objections(opened: Opened) -> Iterator[Reason]:
    if opened.kind not in KINDS:
        yield Reason("kind", "kind", N_("Choose one of these."))
    if not is_current(opened.currency):
        yield NO_CURRENCY
        return
    yield from _owner_objections(opened)
    yield from _terms_objections(opened.kind, opened.currency, opened.terms, None, opened)


def _owner_objections(opened: Opened) -> Iterator[Reason]:
    for field in ("institution_id", "owner_institution_id"):
        if db.session.get(Institution, getattr(opened, field)) is None:
            yield Reason("no_institution", field, N_("There is no such institution."))
    external = opened.kind in EXTERNAL
    if external and opened.institution_id == opened.owner_institution_id:
        sentence = N_("A wallet or a credit belongs to another institution than the one it is with.")
        yield Reason("own_books", "owner_institution_id", sentence)
    if not external and opened.institution_id != opened.owner_institution_id:
        sentence = N_("This kind of fund stands in the books of the institution it belongs to.")
        yield Reason("other_books", "owner_institution_id", sentence)
    if opened.group_id is not None:
        group = db.session.get(ResearchGroup, opened.group_id)
        if group is None or group.institution_id != opened.owner_institution_id:
            yield Reason(
                "no_group", "group_id", N_("There is no such group in the institution it belongs to.")
            )


def _terms_objections(
    kind: str, currency: str, terms: Terms, fund: Fund | None, opened: Opened | None = None
) -> Iterator[Reason]:
    yield from _name_objections(terms)
    if terms.valid_to is not None and terms.valid_to < terms.valid_from:
        yield Reason("ends_before", "valid_to", N_("The last day comes before the first."))
    if terms.source and terms.source not in SOURCES:
        yield Reason("source", "source", N_("Choose one of these."))
    warnings = terms.warn_percents
    if len(warnings) > MOST_WARNINGS or any(not 1 <= each <= 200 for each in warnings):
        sentence = N_("At most %(most)s warnings, each between 1 and 200 percent.")
        yield Reason("warnings", "warn_percents", sentence, {"most": MOST_WARNINGS})
    yield from _budget_objections(kind, currency, terms.budget)
    where = opened or fund
    assert where is not None  # noqa: S101 - a fund is either there or being opened
    if terms.code and _has_code(where.institution_id, where.owner_institution_id, terms.code, fund):
        yield Reason("code_taken", "code", N_("Another fund here has this code."))


def _name_objections(terms: Terms) -> Iterator[Reason]:
    if not terms.code:
        yield Reason("missing", "code", N_("Give the code by which your accounting knows it."))
    if not terms.name_en and not terms.name_zh:
        yield Reason("missing", "name_en", N_("Give a name, in English letters or in Chinese."))
    for field, most in (("code", LONGEST_CODE), ("name_en", LONGEST_NAME), ("name_zh", LONGEST_NAME)):
        if len(getattr(terms, field)) > most:
            values = {"length": len(getattr(terms, field)), "most": most}
            yield Reason("too_long", field, N_("%(length)s characters; at most %(most)s fit."), values)


def _budget_objections(kind: str, currency: str, budget: Money | None) -> Iterator[Reason]:
    if kind == "wallet" and budget is not None:
        yield Reason(
            "wallet_budget", "budget", N_("A wallet has no budget: what was paid in is what it holds.")
        )
    if kind == "credit" and budget is None:
        yield Reason("missing", "budget", N_("Say up to which sum credit is given."))
    if budget is not None and budget.currency != currency:
        yield Reason("other_currency", "budget", N_("A fund pays only in its own currency."))
    if budget is not None and budget.amount < 0:
        yield Reason("negative_limit", "budget", N_("A limit is never below zero."))


def _has_code(institution_id: int, owner_id: int, code: str, fund: Fund | None) -> bool:
    found = select(Fund.id).where(
        Fund.institution_id == institution_id, Fund.owner_institution_id == owner_id, Fund.code == code
    )
    if fund is not None:
        found = found.where(Fund.id != fund.id)
    return db.session.scalar(found) is not None


def _state_objections(fund: Fund, state: str, why: str) -> Iterator[Reason]:
    if state not in ("open", "blocked", "closed"):
        yield Reason("state", "state", N_("Choose one of these."))
    if fund.state == "closed":
        yield Reason("fund_closed", None, N_("This fund is closed for good."))
    if state in ("blocked", "closed") and not why:
        remedy = N_("Whoever may charge it reads it.")
        yield Reason("no_reason", "reason", N_("Say why, in a few words."), {}, remedy)
    if len(why) > LONGEST_WHY:
        values = {"length": len(why), "most": LONGEST_WHY}
        yield Reason("too_long", "reason", N_("%(length)s characters; at most %(most)s fit."), values)
    held = standings([fund.id])[fund.id].held
    if state == "closed" and held:
        values = {"held": Money.from_units(held, fund.currency)}
        sentence = N_("%(held)s is still held of it for bookings.")
        yield Reason(
            "still_held", None, sentence, values, N_("Block it now, and close it when they are settled.")
        )
