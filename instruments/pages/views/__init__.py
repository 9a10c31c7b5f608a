"""Pages that show several rooms at once: front page, home, instrument, lab, institution, and what search engines read."""

from instruments.pages.views import (
    closures,
    compare,
    days,
    front,
    history,
    home,
    hours,
    institution,
    instrument,
    journal,
    lab,
    leaver,
    many,
    outside,
    prices,
    seen_as,
    site,
)
from instruments.pages.views.doors import pages

__all__ = [
    "closures",
    "compare",
    "days",
    "front",
    "history",
    "home",
    "hours",
    "institution",
    "instrument",
    "journal",
    "lab",
    "leaver",
    "many",
    "outside",
    "pages",
    "prices",
    "seen_as",
    "site",
]
