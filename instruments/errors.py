"""What a refusal is: one class for each kind of no, carrying every reason at once."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark an English sentence for translation where it is written, long before a reader is known."""
    return text


@dataclasses.dataclass(frozen=True)
class Reason:
    """One reason why something was refused.

    code: short and stable, for programs ("outside_hours"); field: the input it belongs to, or None;
    message: an English sentence with %(name)s places; values: what fills them, unformatted
    (instants, timedeltas, spans, numbers, text), because only the door knows the reader's language.
    remedy: a second sentence, with the same places, that says what to do instead; fix: the inputs
    that would do it ({"end": moment}), so that a page can offer a button.
    """

    code: str
    field: str | None
    message: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    remedy: str | None = None
    fix: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """The deed was not done, for these reasons. Nothing was written."""

    status = 422
    title = N_("This could not be done")

    def __init__(self, reasons: Sequence[Reason], **details: object) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = tuple(reasons)
        self.details = details


class NotSignedIn(Refusal):
    """Nobody is signed in, or the token does not hold."""

    status = 401
    title = N_("Sign in first")


class Forbidden(Refusal):
    """Who asks may not do this here."""

    status = 403
    title = N_("You may not do this")


class NotFound(Refusal):
    """There is no such thing, or none that who asks may know of."""

    status = 404
    title = N_("This does not exist")


class Taken(Refusal):
    """Somebody else holds the time; details carry `conflicts` and `alternatives`."""

    status = 409
    title = N_("This time is already booked")


class Busy(Refusal):
    """The same request is still being answered."""

    status = 409
    title = N_("The same request is still running")


class Stale(Refusal):
    """The thing was changed since it was read."""

    status = 412
    title = N_("This was changed in the meantime")


class PreconditionMissing(Refusal):
    """A change was sent without saying which version it changes."""

    status = 428
    title = N_("Say which version you change")


class TooMany(Refusal):
    """Too many attempts in too short a time; details may carry `retry_after` in seconds."""

    status = 429
    title = N_("Too many attempts")


class NotKnownYet(Refusal):
    """The database was lost during the deed: it may or may not have been done."""

    status = 503
    title = N_("Not known yet")


class NotNow(NotKnownYet):
    """The database had no time for the deed: nothing was done."""

    title = N_("Busy at this moment")


@contextlib.contextmanager
def gathered(reasons: list[Reason]) -> Iterator[None]:
    """Let what cannot be read inside add its reasons to these instead of ending all, so that the rest is looked at, too."""
    try:
        yield
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        reasons += refusal.reasons


def together(already: Iterable[Reason], found: Iterable[Reason]) -> list[Reason]:
    """Why fields could not be read, then what rules say of the others: what was not read, no rule has judged."""
    unread = list(already)
    fields = {reason.field for reason in unread} - {None}
    return [*unread, *(reason for reason in found if reason.field not in fields)]
