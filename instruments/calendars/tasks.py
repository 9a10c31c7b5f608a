"""Doors of calendars for the worker: fetch and read what is due. The rows say what is to do."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import current_app

from instruments.calendars import refreshing
from instruments.calendars.feeds import host_of
from instruments.calendars.fetching import fetch
from instruments.calendars.files import Files
from instruments.calendars.reading import read_calendar
from instruments.calendars.refreshing import Claim, Reading
from instruments.database.transactions import deed
from instruments.errors import N_, NotKnownYet, Reason, Refusal
from instruments.jobs.confined import confined
from instruments.web import clock

log = logging.getLogger(__name__)
FETCH_SECONDS, READ_SECONDS = 30, 45
MEGABYTES = 768
SWEEP_SECONDS = 45
# What the confined process says of any file, said of a calendar.
SENTENCES = {
    "file_too_slow": N_("The calendar takes too long to fetch or to read."),
    "file_too_large": N_(
        "The calendar is too large to read. Choose one with fewer events, or a shorter time."
    ),
    "file_unreadable": N_("The calendar cannot be read: it is damaged."),
}
# The same of a file that somebody uploaded, where an address would be no help.
OF_A_FILE = SENTENCES | {
    "calendar_page": N_(
        "This is a web page, not a calendar. Export the calendar as an .ics file from the program that keeps it, and"
        " upload that."
    ),
}
LOST = N_("The file that was read last is lost. Upload it again.")
BROKEN = N_("Something broke on our side while this calendar was read.")


def sweep() -> None:
    """Refresh what is due, for a while: what is left is the next sweep's."""
    until = time.monotonic() + SWEEP_SECONDS
    for number in refreshing.due(clock.now()):
        refresh(number)
        if time.monotonic() > until:
            break


def refresh(number: int) -> None:
    """Refresh one; does nothing when it is not due, or another process is at it."""
    now = clock.now()
    with deed():
        claim = refreshing.claim(number, now)
    if claim is not None:
        _carry_out(claim)


def _carry_out(claim: Claim) -> None:
    target = files().new() if claim.address else ""
    try:
        reading = _reading(claim, target)
        with deed():
            kept = refreshing.note_success(claim, reading, interval(), random.random(), clock.now())
        _tidy(claim, reading.body if kept else claim.body, target)
    except NotKnownYet:
        files().forget([target])
        raise  # the lease ends, and a later sweep tries again
    except Refusal as refusal:
        _fail(claim, refusal, target)
    except Exception:  # whatever broke is noted for the lab, and raised for the log
        _fail(claim, Refusal([Reason("broken", None, BROKEN)]), target)
        raise


def _fail(claim: Claim, refusal: Refusal, target: str) -> None:
    with deed():
        refreshing.note_failure(claim, refusal, interval(), random.random(), clock.now())
    files().forget([target, claim.upload])


def _reading(claim: Claim, target: str) -> Reading:
    """Fetch it, or take the uploaded file, and read it where that can change anything."""
    if not claim.address:
        body = claim.upload or claim.body
        return Reading(body, "", report=_read(claim, body))
    known = claim.body if files().has(claim.body) else ""
    validators = {"etag": claim.etag, "last_modified": claim.last_modified} if known else {}
    got = _confined(
        fetch, claim.address, str(files().path(target)), validators, list(current_app.config["CALENDAR_ALLOW"]),
        f"InstrumentCommons/1.0 (+{current_app.config['BASE_URL']})", seconds=FETCH_SECONDS,
    )  # fmt: skip
    same = got["status"] == 304 or (known and got["hash"] == claim.body_hash)
    body = known if got["status"] == 304 else target
    if not body:
        raise Refusal([Reason("calendar_status", "file", SENTENCES["file_unreadable"])])
    return Reading(
        body,
        got["hash"] or claim.body_hash,
        got["etag"] or (claim.etag if same else ""),
        got["last_modified"] or (claim.last_modified if same else ""),
        None if same and claim.laid_out else _read(claim, body),
    )


def _read(claim: Claim, body: str) -> Any:
    if not files().has(body):
        raise Refusal([Reason("calendar_lost", "file", LOST)])
    host = host_of(current_app.config["BASE_URL"])
    return _confined(
        read_calendar, str(files().path(body)), claim.zone, *claim.window, host,
        seconds=READ_SECONDS, sentences=SENTENCES if claim.address else OF_A_FILE,
    )  # fmt: skip


def _confined(function: Any, *arguments: Any, seconds: int, sentences: Mapping[str, str] = SENTENCES) -> Any:
    try:
        return confined(function, *arguments, seconds=seconds, megabytes=MEGABYTES)
    except Refusal as refusal:
        raise Refusal(
            [replace(each, message=sentences.get(each.code, each.message)) for each in refusal.reasons]
        ) from None


def interval() -> timedelta:
    """How often a calendar is asked."""
    return timedelta(minutes=current_app.config["CALENDAR_REFRESH_MINUTES"])


def _tidy(claim: Claim, kept: str, target: str) -> None:
    """Remove what is not the body any more."""
    files().forget({claim.body, claim.upload, target} - {kept})


def files() -> Files:
    """Where the files are kept."""
    return Files(current_app.config["FILES_DIR"])


JOBS = {"calendars.refresh": refresh}
SWEEPS = ((1, sweep),)
