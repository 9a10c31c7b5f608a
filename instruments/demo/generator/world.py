"""The whole invented world, its parts made in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from instruments.demo.generator.approvals import Approvals
from instruments.demo.generator.customers import Customers
from instruments.demo.generator.instruments import Instruments, make_instruments
from instruments.demo.generator.openings import Openings, make_openings
from instruments.demo.generator.people import People, make_people
from instruments.demo.generator.places import Places, make_places
from instruments.demo.generator.quotas import Quotas, make_quotas
from instruments.demo.generator.reservations import MadeReservation, make_reservations


@dataclass(frozen=True)
class Size:
    """How much of the world is made."""

    instruments: int = 4200
    people: int = 5000
    reservations: int = 40_000


@dataclass(frozen=True)
class InventedWorld:
    """Rows of every room. Nothing in it depends on anything but the size and the anchor date."""

    size: Size
    anchor: date
    places: Places
    people: People
    instruments: Instruments
    openings: Openings
    approvals: Approvals
    quotas: Quotas

    def reservations(self) -> Iterator[list[MadeReservation]]:
        """The reservations, instrument by instrument; made anew, and the same, at each call."""
        customers = Customers(self.places, self.people)
        return make_reservations(
            customers, self.instruments, self.openings, self.approvals, self.anchor, self.size.reservations
        )


def make_world(size: Size, anchor: date) -> InventedWorld:
    """The world around the day `anchor`: reservations reach from a year before to four weeks after it."""
    places = make_places()
    people = make_people(places, size.people, anchor)
    instruments = make_instruments(places, people, size.instruments)
    openings, quotas = make_openings(places, instruments, anchor), make_quotas(places, anchor)
    approvals = Approvals(places, people.staff_of_lab, anchor)
    return InventedWorld(size, anchor, places, people, instruments, openings, approvals, quotas)
