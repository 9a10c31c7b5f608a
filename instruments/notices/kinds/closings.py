"""Notices about an institution's own month end, to its finance office. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.funds import TOPIC
from instruments.notices.kinds.settlement import FINANCE


def to_office(what: Happening) -> Iterator[Told]:
    """Whoever was in the finance office then."""
    values = {"scope": "institution", "scope_id": what.institution_id, "month": what.detail["month"]}
    for person_id in what.detail["told_ids"]:
        yield Told(person_id, "over", ("months", what.institution_id or 0), values)


KINDS = (
    Kind(
        "closing.objections_over", TOPIC, N_("The days to object to a month are over"),
        {
            "over": Words(
                N_("To issue: %(place)s, %(month)s"),
                N_("The days to object to the statements of %(place)s for %(month)s are over: they can be issued."),
            ),
        },
        ("closing.objections_over",), to_office, roles=FINANCE, picture="send",
    ),
)  # fmt: skip
