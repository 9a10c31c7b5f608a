"""Services: each use that began in a period, for each whom it served, with its hours by the clock.

A record belongs to the period of its start and tells the whole service. Hours are those of statutory forms: at each instant
any session running counts once, shared by those that run, so that records add up to the hours of the instrument.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from instruments.errors import N_
from instruments.reports.checking import Lack
from instruments.reports.gathering.agreements import signed_of
from instruments.reports.gathering.asked import Asked, Found, in_yuan
from instruments.reports.gathering.catalogue import Told, told_of
from instruments.reports.gathering.service_facts import Facts, facts_of
from instruments.reports.gathering.service_money import Charged, charged_for, papers_of
from instruments.reports.gathering.which import CNY, which
from instruments.reports.sources import AT_USE
from instruments.timespan import instant
from instruments.usage.facts import LONGEST_SPAN
from instruments.utilization.layers import layers_of
from instruments.utilization.reading import Thing, things, used
from instruments.utilization.records import Session

AT_ONCE = 500
NOT_CONFIRMED = N_("The lab has not confirmed this use yet.")
NONE = "none"
Key = tuple[int, int]
"""A use, and the place among those whom it served."""


class Service(NamedTuple):
    """One service: its instrument, session, whom it served, and its hours in seconds."""

    thing: Thing
    session: Session
    position: int
    seconds: Fraction


def found_services(asked: Asked) -> tuple[list[Found], int]:
    """The rows, by instrument and start, and how many instruments more may belong here. A constant number of statements for
    500 instruments of a zone and 2,000 uses."""
    chosen = which(asked)
    services = [each for each in _services(asked, chosen.numbers) if _belongs(asked, each)]
    told = told_of(asked, {each.thing.id for each in services})
    keys = [_key(each) for each in services]
    facts = facts_of(sorted({use_id for use_id, _ in keys}))
    charged = charged_for(sorted({use_id for use_id, _ in keys}))
    signed = signed_of(keys) if "service.signed" in asked.wanted else frozenset()
    papers = papers_of(charged) if {"service.statement", "service.invoice"} & asked.wanted else {}
    rows = [
        _row(
            asked,
            each,
            facts[key],
            charged.get(key),
            {
                **papers.get(key, {}),
                "service.signed": "yes" if facts[key].contract or key in signed else "no",
            },
            told[each.thing.id],
        )
        for each, key in zip(services, keys, strict=True)
    ]
    return rows, chosen.unknown


def _key(each: Service) -> Key:
    return each.session.number, each.position


def _services(asked: Asked, numbers: Sequence[int]) -> Iterator[Service]:
    for begin in range(0, len(numbers), AT_ONCE):
        by_zone: defaultdict[ZoneInfo, list[Thing]] = defaultdict(list)
        for thing in things(numbers[begin : begin + AT_ONCE]):
            by_zone[thing.zone].append(thing)
        for zone, some in by_zone.items():
            yield from _of_zone(asked, zone, some)


def _of_zone(asked: Asked, zone: ZoneInfo, some: Sequence[Thing]) -> Iterator[Service]:
    """What began in the period is told whole, so that what it was shared with afterwards is read, too."""
    first, end = asked.period.seconds(zone)
    whole = (first, end + LONGEST_SPAN)
    seen = used(some, *whole, asked.now)
    for thing in some:
        record = seen[thing.id]
        began = [session for session in record.sessions if first <= session.started < end]
        parts = layers_of(record, whole).clock_parts if began else {}
        for session in sorted(began, key=lambda each: (each.started, each.number)):
            for position in range(len(session.shares)):
                yield Service(thing, session, position, Fraction(parts.get((session.number, position), 0)))


def _belongs(asked: Asked, each: Service) -> bool:
    """A session without an effective second and without a sample was no service."""
    share = each.session.shares[each.position]
    return bool(each.seconds or share.samples) and (share.external or not asked.only.external)


def _row(
    asked: Asked, each: Service, facts: Facts, charged: Charged | None, papers: Mapping[str, str], told: Told
) -> Found:
    catalogue, lacks = told
    share = each.session.shares[each.position]
    money = charged is not None and charged.currency == CNY
    values: dict[str, Any] = {
        **catalogue, **papers,
        "service.number": f"{each.session.number}-{each.position}" if each.position else str(each.session.number),
        "service.starts": facts.starts.astimezone(each.thing.zone),
        "service.ends": facts.ends.astimezone(each.thing.zone),
        "service.hours": each.seconds,
        "service.samples": share.samples,
        "service.amount": charged.amount if charged is not None and money else None,
        "service.content": facts.title or catalogue.get("catalog.name_zh") or facts.instrument,
        "service.way": facts.way,
        "service.project": facts.project,
        "service.funding": facts.funding or ("" if facts.project else NONE),
        "service.subjects": (facts.subject,) if facts.subject else (),
        "service.applicant": facts.applicant,
        "service.phone": facts.phone,
        "service.mail": facts.mail,
        "service.unit": facts.unit,
        "service.unit_kind": facts.unit_kind,
        "service.rating": str(facts.rating or ""),
        "service.type": "external" if share.external else "internal",
        "service.direction": facts.purpose,
        "service.contract": facts.contract,
        "service.evidence": _evidence(each.session),
        "service.confirmed": each.session.confirmed and instant(each.session.confirmed).astimezone(each.thing.zone).date(),
    }  # fmt: skip
    if each.session.confirmed is None:
        lacks = (*lacks, Lack("not_confirmed", "", NOT_CONFIRMED, mend=AT_USE))
    if charged is not None and not money:
        keys = [column.key for column in asked.sheet.columns if column.source == "service.amount"]
        lacks = (*lacks, *(in_yuan(key, charged.currency) for key in keys))
    key = f"use:{each.session.number}:{each.position}"
    return Found(key, values, each.thing.lab_id, each.thing.id, lacks)


def _evidence(session: Session) -> str:
    """The grade that bears witness of most of the time."""
    seconds: Counter[str] = Counter()
    for (start, end), grade in session.evidence:
        seconds[grade] += end - start
    return seconds.most_common(1)[0][0] if seconds else ""
