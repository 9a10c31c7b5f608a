"""What the fields of a form or of an address say, read alike at every door: whole numbers, days, the page of a list."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import abort, redirect, request

from instruments import typed
from instruments.errors import N_, Reason

LAST_PAGE = 100_000


def number_typed(name: str) -> int | None:
    """The whole number in this field of the form; None where it is empty or none."""
    return typed.whole(request.form.get(name, "").strip())


def numbers_ticked(name: str) -> list[int]:
    """The numbers that were ticked under this name in the form, each once."""
    return typed.wholes(request.form.getlist(name))


def day_typed(name: str, reasons: list[Reason], *, needed: bool = False) -> date | None:
    """The date in this field of the form; None where it is empty, and a reason where it is none."""
    text = request.form.get(name, "").strip()
    found = typed.day(text)
    if found is None and (text or needed):
        reasons.append(Reason("date", name, N_("Write a date, like 2027-03-01.")))
    return found


def page_number() -> int:
    """Which page of a list the address asks for, from 1; the first where it says none."""
    return max(1, min(request.args.get("page", 1, type=int), LAST_PAGE))


def page_of(total: int, size: int) -> int:
    """Which page of so many rows the address asks for; one beyond the last leads to the last, whose address says so."""
    number, last = page_number(), max(1, -(-total // size))
    if number > last and request.method == "GET":
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
        abort(redirect(f"{request.path}?{urlencode([*kept, ('page', last)])}"))
    return min(number, last)
