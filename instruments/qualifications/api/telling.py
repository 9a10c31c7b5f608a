"""What the doors of qualifications for programs share: the blueprint, and how things are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Person
from instruments.people.roles import active_person
from instruments.people.signing import today
from instruments.qualifications import listing
from instruments.qualifications.list_checking import OUTCOMES
from instruments.qualifications.list_reading import heads_unread
from instruments.qualifications.models import BroughtList
from instruments.qualifications.views.papers import a_paper
from instruments.web import paging, versions
from instruments.web.answers import answer

api = APIBlueprint("qualifications_api", __name__, url_prefix="/api/v1", tag="Qualifications")
SHOWS_IT = a_paper("What shows it; who holds it and who grants it can open it.")


def people_named(mails: Sequence[str], now: datetime) -> tuple[list[Person], list[Reason]]:
    """The people with these addresses, and a reason for each address that is nobody's."""
    found = {mail: active_person(mail, today(now)) for mail in dict.fromkeys(each.lower() for each in mails)}
    sentence = N_("Nobody with an account has the address %(mail)s.")
    unknown = [
        Reason("no_person", "people", sentence, {"mail": mail})
        for mail, person in found.items()
        if person is None
    ]
    return [person for person in found.values() if person is not None], unknown


def refuse_all(reasons: Sequence[Reason], objections: Iterable[Reason]) -> None:
    """Raises Refusal with these reasons and those of a rule; a field that does not fit is not found empty, too."""
    fields = {reason.field for reason in reasons}
    if found := [*reasons, *(each for each in objections if each.field is None or each.field not in fields)]:
        raise Refusal(found)


def page_of(cursor: str | None) -> int:
    page = paging.decode(cursor, (int,))
    return page[0] if page and 0 < page[0] < 100_000 else 1


def next_page(number: int, total: int) -> str | None:
    return paging.encode([number + 1]) if number * listing.A_PAGE < total else None


def _holder(row: Any) -> dict[str, Any]:
    return {"id": row.person_id, "name_en": row.person_en, "name_zh": row.person_zh}


def told_of(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "instrument_id",
        "technique_id",
        "level",
        "expires_on",
        "granted_at",
        "remark",
        "revoked_at",
    )
    told = {name: getattr(row, name) for name in (*names, "revoked_why", "version")}
    return {**told, "person": _holder(row), "has_evidence": bool(row.evidence)}


def admission_told(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "institution_id",
        "exam",
        "result",
        "valid_until",
        "granted_at",
        "revoked_at",
        "revoked_why",
    )
    told = {name: getattr(row, name) for name in (*names, "version")}
    return {**told, "person": _holder(row), "has_evidence": bool(row.evidence)}


def request_told(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "institution_id",
        "lab_id",
        "instrument_id",
        "level",
        "words",
        "asked_at",
        "state",
        "message",
    )
    renews = row.renews_id and {
        "id": row.renews_id,
        "instrument_id": None if row.technique_id else row.instrument_id,
        "technique_id": row.technique_id,
        "level": row.renews_level,
        "expires_on": row.renews_until,
        "revoked_at": row.renews_revoked_at,
    }
    told = {name: getattr(row, name) for name in (*names, "version")}
    return {**told, "person": _holder(row), "renews": renews}


def brought_told(kept: BroughtList, zone: str, rows: Sequence[Any]) -> dict[str, Any]:
    """What every list that was brought says of itself; its rows as they are checked now."""
    wall, counts = ZoneInfo(zone), Counter(row.outcome for row in rows)
    return {
        "id": kept.id,
        "file_name": kept.file_name,
        "brought_at": kept.brought_at.astimezone(wall),
        "taken_at": kept.taken_at and kept.taken_at.astimezone(wall),
        "unread": heads_unread(kept.rows),
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
    }


def taken_as_seen(version: Callable[[], str], act: Callable[[str | None], tuple[int, int]]) -> Response:
    """Take a list over, where it would still do what the request's If-Match names; how much was new and how much changed.

    act: is told what was seen, None for anything.
    """
    seen = versions.matched(version())
    added, changed = perform(lambda: act(seen))
    return answer({"added": added, "changed": changed}, version=version())


@contextmanager
def told_of_items() -> Iterator[None]:
    """Let the change of one of several be a reason against the list of them: no header names a version of them all."""
    try:
        yield
    except Stale as stale:
        raise Refusal([replace(reason, field="items") for reason in stale.reasons]) from stale
