"""What a kind of notice is made of: which deeds it hears of, whom it tells, and in which words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from instruments.errors import N_
from instruments.people.rights import Role

Detail = Mapping[str, Any]


class Booking(NamedTuple):
    """A reservation that a deed concerns, as it is now; moments in UTC seconds."""

    id: int
    instrument_id: int
    user_id: int
    booker_id: int
    start: int
    end: int

    @property
    def persons(self) -> tuple[int, ...]:
        """Whose it is: the user's, then the booker's if that is another."""
        return tuple(dict.fromkeys((self.user_id, self.booker_id)))


@dataclass(frozen=True)
class Happening:
    """An entry of the journal with what kinds need to know of it.

    bookings: the reservation, if it is about one, or the first of a series; staff: who works at the lab where it
    happened; answering: who answers what is asked for there; deciders: its managers and those of its institution;
    payers: who is told for whoever pays; institution_id: where it happened, the creditor where it is about money.
    """

    entry_id: int
    at: datetime
    actor_id: int | None
    deed: str
    thing: tuple[str, int]
    detail: Detail = field(default_factory=dict)
    lab_id: int | None = None
    bookings: tuple[Booking, ...] = ()
    staff: frozenset[int] = frozenset()
    deciders: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()
    administrators: frozenset[int] = frozenset()
    payers: frozenset[int] = frozenset()
    institution_id: int | None = None
    answering: frozenset[int] = frozenset()

    @property
    def is_series(self) -> bool:
        """Whether it is about a whole series."""
        return self.thing[0] == "series"

    def said(self, words: str) -> str:
        """The key of the words about one reservation, or of those about a series."""
        return f"series_{words}" if self.is_series else words


class Told(NamedTuple):
    """One person is told: in which words (a key of the kind's), of which thing, with which values."""

    person_id: int
    said: str
    thing: tuple[str, int]
    values: Detail


REASON, MESSAGE = N_("Reason: %(reason)s"), N_("Message: %(reason)s")


class Words(NamedTuple):
    """What is said, in English, with places for names and times; method: the invitation that goes with its mail; adds: how
    what somebody wrote about it is introduced, which is not always a reason.
    """

    subject: str
    sentence: str
    method: str = ""
    adds: str = REASON


@dataclass(frozen=True)
class Kind:
    """One line of the table of kinds.

    label: how the page of preferences names it. deeds: of the journal; none where a sweep finds the moment.
    roles: who can be told at all (none: everybody). in_app, by_mail: what holds until somebody chooses.
    """

    code: str
    topic: str
    label: str
    words: Mapping[str, Words]
    deeds: tuple[str, ...] = ()
    who: Callable[[Happening], Iterable[Told]] = lambda _: ()
    in_app: bool = True
    by_mail: bool = True
    hours: int | None = None
    roles: frozenset[Role] = frozenset()
    picture: str = "bell"
