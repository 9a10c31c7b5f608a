"""A charge and its chain in the reader's words, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext

from instruments.charges.chain import Chain
from instruments.charges.chained import chain_words, chained
from instruments.charges.sight import sees_entry, sees_share
from instruments.charges.states import NAMES, STATE_NAMES
from instruments.charges.taken_off import kind_of_line
from instruments.charges.views.doors import TONES, month_words
from instruments.charges.views.trail import trail_to
from instruments.errors import N_
from instruments.funds.sharing import LATER, PROGRAMME
from instruments.money import Money
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.kept import reasons_from_json
from instruments.timespan import Timespan, instant
from instruments.usage.kinds import GRADE_WORDS
from instruments.web import formats
from instruments.web.language import in_language
from instruments.web.reasons import sentence

LINE_WORDS = {
    "time": N_("Time"),
    "minimum": N_("Minimum"),
    "add_on": N_("Add-on"),
    "operator": N_("Operator"),
    "fee": N_("Fee"),
    "adjustment": NAMES["adjustment"],
    "credit": NAMES["credit"],
    "waiver": NAMES["waiver"],
    "write_off": NAMES["write_off"],
}
ACCOUNT_WORDS = {
    "fund": N_("Fund"),
    "receivable": N_("Owed by the payer"),
    "prepaid": N_("Paid in advance"),
    "payable": N_("Owed to the creditor"),
    "programme_claim": N_("Claim on a programme"),
    "output_tax": N_("Output tax"),
    "lab_income": N_("Income of the lab"),
    "institution_share": N_("Share of the institution"),
    "bank_clearing": N_("Bank clearing"),
    "waiver": N_("Waived"),
    "write_off": N_("Written off"),
    "opening": N_("Opening balances"),
}
LINKS = {
    "reverses": N_("Takes back charge %(number)s"),
    "reversed_by": N_("Taken back by charge %(number)s"),
    "corrects": N_("Replaces charge %(number)s"),
    "corrected_by": N_("Replaced by charge %(number)s"),
    "about": N_("About charge %(number)s"),
    "has": N_("%(kind)s, charge %(number)s"),
}


def told(actor: Actor, row: Any, chain: Chain, whole: bool) -> dict[str, Any]:
    """What the page says. whole: the reader sees every payer; else only what is the reader's own.

    Of the entries, those of the books that they see.
    """
    place = chain.place
    name = (
        in_language(place.instrument_en, place.instrument_zh)
        if row.instrument_id
        else gettext(NAMES[row.kind])
    )
    tone, picture = TONES[row.state]
    waits = gettext("Waits for a second person")
    said = (*chain.disputes, *chain.taken_off)
    return {
        "row": row,
        "name": name,
        "place": place,
        "lab": in_language(place.lab_en, place.lab_zh),
        "institution": in_language(place.institution_en, place.institution_zh),
        "user": in_language(place.user_en, place.user_zh) if row.user_id else "",
        "mark": (waits if row.waits_for_second else gettext(STATE_NAMES[row.state]), tone, picture),
        "kind": gettext(NAMES[row.kind]),
        "books_month": month_words(row.month),
        "amount": Money.from_units(row.total_units, row.currency),
        "steps": (steps := [_line(each, row.currency) for each in chain.lines]),
        # What adds nothing to it is no line to dispute.
        "choices": [(each["position"], each["what"]) for each in steps if each["amount"].amount > 0],
        "happened": _happened(chain),
        "why_class": [sentence(reason) for reason in chain.why_class],
        "lacking": [sentence(reason) for reason in chain.lacking],
        "version": chain.version,
        "quoted": chain.price and Money.from_units(chain.price.quoted_units, chain.price.currency),
        "priced_at": chain.price and chain.price.priced_at,
        "evidence": _evidence(chain),
        "use": chain.use,
        "shares": _shares(actor, row, chain, whole),
        "entries": [
            _entry(actor, each, place.zone) for each in chain.entries if sees_entry(actor, row, each)
        ],
        "ledger": _ledger(actor, row.institution_id) if whole else None,
        "links": [_link(row, each) for each in chain.related],
        "chain": chain_words(chained([row.id]).get(row.id)),
        "disputes": chain.disputes,
        "line_of": {each.id: sentence(kind_of_line(each.line_kind)) for each in said if each.line_kind},
        "less_of": {
            each.id: Money.from_units(each.less_units, row.currency)
            for each in said
            if each.less_units is not None
        },
        "taken_off": [each for each in chain.taken_off if each.charge_id != row.id],
        "is_whole": whole,
        "trail": trail_to(actor, row, chain, whole),
    }


def _line(each: Any, currency: str) -> dict[str, Any]:
    why = [sentence(reason) for reason in reasons_from_json(each.why)]
    return {
        "position": each.position,
        "what": why[0] if why else gettext(LINE_WORDS.get(each.kind, each.kind)),
        "why": why[1:],
        "kind": gettext(LINE_WORDS.get(each.kind, each.kind)),
        "quantity": Fraction(each.quantity_above, each.quantity_below),
        "factor": Decimal(each.factor),
        "amount": Money.from_units(each.amount_units, currency),
    }


def _happened(chain: Chain) -> list[str]:
    """What was reserved and what was used, one sentence each."""
    zone, found = chain.place.zone, []
    if chain.reservation is not None:
        span = Timespan(chain.reservation.starts_at, chain.reservation.ends_at)
        found.append(gettext("Reserved %(span)s", span=formats.when(span, zone)))
    if chain.use is not None and chain.use.ended_at is not None and chain.use.started_at < chain.use.ended_at:
        span = Timespan(chain.use.started_at, chain.use.ended_at)
        found.append(gettext("Used %(span)s", span=formats.when(span, zone)))
    return found


def _evidence(chain: Chain) -> list[str]:
    """How much of the used time rests on which evidence, the best first."""
    seconds: dict[str, int] = {}
    for (start, end), grade in chain.graded:
        seconds[grade] = seconds.get(grade, 0) + end - start
    return [
        gettext(
            "%(evidence)s: %(length)s",
            evidence=gettext(GRADE_WORDS[grade]),
            length=formats.length(timedelta(seconds=length)),
        )
        for grade, length in seconds.items()
    ]


def _shares(actor: Actor, row: Any, chain: Chain, whole: bool) -> list[dict[str, Any]]:
    """Who bears it. Whoever is not the creditor sees their own, and of the others together how much."""
    mine = [each for each in chain.shares if whole or sees_share(actor, row, each)]
    others = [each for each in chain.shares if each not in mine and each.role != LATER]
    found = [_share(each, row.currency) for each in mine]
    if others:
        units = sum(each.amount_units for each in others)
        found.append(
            {
                "who": gettext("Other payers"),
                "with": "",
                "later": False,
                "why": [],
                "amount": Money.from_units(units, row.currency),
            }
        )
    return found


def _share(each: Any, currency: str) -> dict[str, Any]:
    if each.role in (PROGRAMME, LATER):
        who = in_language(each.programme_en, each.programme_zh)
    elif each.payer_institution_id is not None:
        who = in_language(each.payer_en, each.payer_zh)
    else:
        who = in_language(each.person_en, each.person_zh)
    fund = in_language(each.fund_en, each.fund_zh) if each.fund_id is not None else ""
    return {
        "who": who,
        "with": f"{each.fund_code} {fund}".strip() if each.fund_id is not None else "",
        "later": each.role == LATER,
        "why": [sentence(reason) for reason in reasons_from_json(each.why)],
        "amount": Money.from_units(each.amount_units, currency),
    }


def _ledger(actor: Actor, institution_id: int) -> str | None:
    """Where the trial balance stands, for who reads the books."""
    if not may(actor, Action.LEDGER_SEE, Scope(institution_id)):
        return None
    return url_for("funds.trial_balance", institution_id=institution_id)


def _entry(actor: Actor, each: Any, zone: str) -> dict[str, Any]:
    reads = may(actor, Action.LEDGER_SEE, Scope(each.institution_id))
    posted: date = instant(each.posted_at).astimezone(ZoneInfo(zone)).date()
    return {
        "id": each.id,
        "sides": [
            (
                gettext(label),
                gettext(ACCOUNT_WORDS[kind]),
                url_for("funds.account", number=number, entry=each.id, _anchor=f"L-{each.id}")
                if reads
                else "",
            )
            for label, kind, number in (
                (N_("Debit side"), each.debit, each.debit_id),
                (N_("Credit side"), each.credit, each.credit_id),
            )
        ],
        "amount": Money.from_units(each.amount_units, each.currency),
        "month": month_words(each.month),
        "posted": posted,
    }


def _link(row: Any, each: Any) -> dict[str, Any]:
    words = _relation(row, each)
    return {
        "id": each.id,
        "words": gettext(LINKS[words], number=each.id, kind=gettext(NAMES[each.kind])),
        "amount": Money.from_units(each.total_units, each.currency),
        "reason": each.reason,
        "by": in_language(each.maker_en or "", each.maker_zh or ""),
        "at": each.made_at,
        "waits": each.waits_for_second,
    }


def _relation(row: Any, each: Any) -> str:
    pairs: Sequence[tuple[str, bool]] = (
        ("reverses", row.reverses_id == each.id),
        ("reversed_by", each.reverses_id == row.id),
        ("corrects", row.corrects_id == each.id),
        ("corrected_by", each.corrects_id == row.id),
        ("about", row.about_id == each.id),
    )
    return next((word for word, holds in pairs if holds), "has")
