"""The names under which the pages of purchase reviews show their codes."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_
from instruments.utilization.purchases.models import BUY, CONDITIONS, SHARE
from instruments.utilization.purchases.rules import COUNTING, EARLY, FEW, OVERLAPS

CONCLUSION_WORDS: Mapping[str, str] = {
    BUY: N_("The purchase is justified"),
    CONDITIONS: N_("Justified under conditions"),
    SHARE: N_("What is there suffices"),
}
WITHHELD_WORDS: Mapping[str, str] = {
    FEW: N_("withheld: fewer than five persons"),
    OVERLAPS: N_("withheld: told by academic years alone"),
    EARLY: N_("withheld: nothing is kept of this period"),
    COUNTING: N_("withheld: being worked out"),
}
AUDIENCE_WORDS: Mapping[str, str] = {
    "lab": N_("its own lab"),
    "institution": N_("its institution"),
    "partners": N_("partners too"),
    "companies": N_("companies too"),
}
