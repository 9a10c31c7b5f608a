"""On which terms one class of customers uses something in one mode: the card and the fees of one version. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.people.customer import ABROAD, CLASSES, COMPANY, PARTNER, PUBLIC
from instruments.rates.card import Card
from instruments.rates.fees import FeeRules

__all__ = ["CLASSES"]

DRAFT, PROPOSED, PUBLISHED, WITHDRAWN = "draft", "proposed", "published", "withdrawn"
STATES = (DRAFT, PROPOSED, PUBLISHED, WITHDRAWN)
# Who operates: the user, the user with an operator beside them, or the lab.
SELF, ASSISTED, SERVICE = "self", "assisted", "service"
MODES = (SELF, ASSISTED, SERVICE)
# The unit under which the least that time costs is kept beside the prices.
MINIMUM_OF_TIME = "minimum"
# Classes of institutions that a lab may divide further.
SPLIT_BASES = (PARTNER, PUBLIC, COMPANY, ABROAD)


@dataclass(frozen=True, slots=True)
class Terms:
    """What binds a reservation from the moment it is booked: a version, the class, the mode, and what they say."""

    version_id: int
    customer_class: str
    mode: str
    card: Card
    fees: FeeRules
