"""Doors of the search for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Row

from instruments.errors import N_, Reason, Refusal
from instruments.funds.knowing import chargeable, known
from instruments.funds.objecting import no_such_fund
from instruments.funds.payers import payers_of
from instruments.people.bearer import token_welcome
from instruments.people.customer import Payer
from instruments.people.rights import Actor
from instruments.people.signing import PLATFORM_ZONE, current_actor
from instruments.rates.estimating import Wanted, estimates
from instruments.reservations.demand.tasks import note_search
from instruments.reservations.users import user_anywhere
from instruments.search.facets import narrowing
from instruments.search.find import MOST_PRICED, Hit, by_price, earliest
from instruments.search.index import CatalogIndex, Members, catalog_index
from instruments.search.looking_as import somebody_else
from instruments.search.matching import matching
from instruments.search.paying import Paying, paying
from instruments.search.question import DEFAULT_DAYS, WIDEST, Question
from instruments.search.rows import instrument_rows
from instruments.search.schemas import FreeListOut, FreeQuery
from instruments.search.unmet import sought
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.incoming import asks

api = APIBlueprint("search_api", __name__, url_prefix="/api/v1", tag="Search")


@api.get("/free")
@token_welcome()
@asks(api, FreeQuery)
@api.output(FreeListOut)
@api.doc(responses=[403])
def free(query: FreeQuery) -> Response:
    """Instruments with a gap that long, earliest first; with a token only those that its owner may book, or whom it is `for`.

    With `prices` each tells what its first free span costs that person, who comes alone, as payer of the fund that is
    named, else of the one they usually pay from; `paid_from` says of which.
    """
    now = clock.now()
    actor = _user(query, now) if query.seen_as is None else somebody_else(query)
    _require_payer(query, actor)
    question = _question(query, now)
    index = catalog_index()
    matches = narrowing(index, question, actor, matching(index, question.words)).matches
    if query.lab is not None:
        matches &= index.by_lab.get(query.lab, 0)
    paid = _paying(query, actor, question) if query.prices and actor is not None else None
    hits, looked_until = _hits(index, matches, question, actor, now, query.limit, paid)
    rows = instrument_rows([hit.instrument_id for hit in hits])
    prices = _prices(hits, paid.payer) if paid is not None else {}
    items = [
        _item(rows[hit.instrument_id], hit.span) | {"price": prices.get(hit.instrument_id)}
        for hit in hits
        if hit.span and hit.instrument_id in rows
    ]
    if actor is not None and query.seen_as is None and not hits:
        note_search(sought(index, question, matches), actor, now)
    body = {"items": items, "paid_from": _told(paid), "looked_until": looked_until}
    return Response(orjson.dumps(body), mimetype="application/json")


def _question(query: FreeQuery, now: datetime) -> Question:
    """The question, or a refusal with every reason against it."""
    since = max(query.since or now, now)
    until = query.until or since + timedelta(days=DEFAULT_DAYS)
    length = timedelta(seconds=round(query.hours * 3600))
    reasons = []
    if until <= since:
        reasons.append(
            Reason("until_before_from", "to", N_("The end does not come after the beginning, or it is over."))
        )
    elif until - since > WIDEST:
        reasons.append(Reason("too_wide", "to", N_("Look at most a year ahead at a time.")))
    elif length > until - since:
        reasons.append(
            Reason("hours_beyond_window", "hours", N_("That is longer than the time you look in."))
        )
    if reasons:
        raise Refusal(reasons)
    chosen = {"class": query.class_code, "institution": str(query.institution or "")}
    return Question(
        window=Timespan(since, until),
        zone=PLATFORM_ZONE,
        length=length,
        words=" ".join(query.q.split()),
        chosen={facet: (value,) for facet, value in chosen.items() if value},
        sort=query.sort,
        at_most=query.at_most,
    )


def _user(query: FreeQuery, now: datetime) -> Actor | None:
    """For whom it is: the person of the token, or somebody for whom they may book whichever instrument."""
    actor = current_actor()
    if query.user is None:
        return actor
    if actor is None:
        raise Refusal([Reason("no_person", "for", N_("Only who is signed in looks for somebody else."))])
    return user_anywhere(str(query.user), actor, now)


def _require_payer(query: FreeQuery, actor: Actor | None) -> None:
    """Refuses prices for a stranger, and from a fund that the person may not charge, there or not."""
    reasons = []
    if query.user is not None and query.seen_as is not None:
        reasons.append(Reason("for_or_as", "for", N_("Look for a person, or as others do.")))
    of_prices = query.sort == "price" or query.at_most is not None or query.no_fund
    if query.prices and (actor is None or query.seen_as is not None):
        sentence = N_("Prices are told for the person of a token.")
        reasons.append(Reason("no_person", "prices", sentence))
    elif query.fund_id is not None and not query.prices:
        sentence, remedy = N_("A fund is named, and no prices are asked for."), N_("Ask for prices, too.")
        reasons.append(Reason("prices", "prices", sentence, {}, remedy))
    elif of_prices and not query.prices:
        reasons.append(Reason("prices", "prices", N_("This needs prices."), {}, N_("Ask for prices, too.")))
    elif query.fund_id is not None and query.no_fund:
        reasons.append(Reason("no_fund_or_one", "no_fund", N_("Name a fund, or ask for none.")))
    elif query.fund_id is not None and actor is not None and query.fund_id not in chargeable(actor):
        reasons.append(no_such_fund())
    if reasons:
        raise Refusal(reasons)


def _paying(query: FreeQuery, actor: Actor, question: Question) -> Paying:
    """Who pays; a fund that is named is one that the person may charge, even where it cannot pay at this moment."""
    day = question.window.start.astimezone(question.zone).date()
    if query.fund_id is None:
        return paying(actor, "" if query.no_fund else None, day)
    named = paying(actor, str(query.fund_id), day)
    if named.fund_id == query.fund_id:
        return named
    fund = known([query.fund_id])[query.fund_id]
    return Paying(payers_of([fund.id])[fund.id], fund.id, [fund])


def _hits(
    index: CatalogIndex,
    matches: Members,
    question: Question,
    actor: Actor | None,
    now: datetime,
    limit: int,
    paid: Paying | None,
) -> tuple[Sequence[Hit], datetime]:
    by = paid is not None and (question.sort == "price" or question.at_most is not None)
    if paid is None or not by:
        return earliest(index, matches, question, actor, now, limit)
    soon = earliest(index, matches, question, actor, now, MOST_PRICED)
    hits, until, _ = by_price(soon, question, paid.payer)
    return hits[:limit], until


def _told(paid: Paying | None) -> dict[str, Any] | None:
    fund = paid.fund if paid is not None else None
    if fund is None:
        return None
    return {"fund_id": fund.id, "code": fund.code, "name_en": fund.name_en, "name_zh": fund.name_zh}


def _prices(hits: Sequence[Hit], payer: Payer) -> dict[int, dict[str, str]]:
    """What each first free span costs, by instrument; those without a price are left out. A constant number of statements."""
    spans = {hit.instrument_id: hit.span for hit in hits if hit.span is not None}
    return {
        number: {
            "amount": str(each.quote.total.amount),
            "currency": each.quote.currency,
            "customer_class": each.customer.key,
        }
        for number, each in estimates(spans, Wanted(payer)).items()
        if each.quote is not None
    }


def _item(row: Row[Any], span: Timespan) -> dict[str, object]:
    zone = ZoneInfo(row.zone)
    return {
        "instrument_id": row.id,
        "name_en": row.name_en,
        "name_zh": row.name_zh,
        "class_code": row.class_code,
        "lab_id": row.lab_id,
        "lab_en": row.lab_en,
        "lab_zh": row.lab_zh,
        "institution_id": row.institution_id,
        "institution_en": row.institution_en,
        "institution_zh": row.institution_zh,
        "zone": row.zone,
        "start": span.start.astimezone(zone),
        "end": span.end.astimezone(zone),
    }
