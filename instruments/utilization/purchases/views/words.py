"""The names under which the pages of purchase reviews show their codes."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_
from instruments.utilization.purchases.models import BUY, CONDITIONS, SHARE

CONCLUSION_WORDS: Mapping[str, str] = {
    BUY: N_("The purchase is justified"),
    CONDITIONS: N_("Justified under conditions"),
    SHARE: N_("What is there suffices"),
}
AUDIENCE_WORDS: Mapping[str, str] = {
    "lab": N_("its own lab"),
    "institution": N_("its institution"),
    "partners": N_("partners too"),
    "companies": N_("companies too"),
}
