"""The notice to a lab that is asked why instruments of it stand idle. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC


def asked_here(what: Happening) -> Iterator[Told]:
    """The lab's staff, apart from whoever asks."""
    told = {name: what.detail[name] for name in ("count", "period", "why")}
    values = {"actor_id": what.actor_id, "scope": "lab", "scope_id": what.thing[1], **told}
    for person_id in sorted(what.staff - {what.actor_id}):
        yield Told(
            person_id,
            "asked" if told["count"] != 1 else "asked_of_one",
            ("idle", what.detail["question"]),
            values,
        )


KINDS = (
    Kind(
        "lab.idle", TOPIC, N_("Somebody asks why instruments of my lab stand idle"),
        {
            "asked": Words(
                N_("Not used: %(count)s instruments of %(place)s, %(period)s"),
                N_(
                    "%(who)s asks why %(count)s instruments of %(place)s were not used in %(period)s."
                    " What may be the reason: %(why)s"
                ),
            ),
            "asked_of_one": Words(
                N_("Not used: 1 instrument of %(place)s, %(period)s"),
                N_(
                    "%(who)s asks why 1 instrument of %(place)s was not used in %(period)s. What may be the reason: %(why)s"
                ),
            ),
        },
        ("idle.asked",), asked_here, roles=STAFF, picture="circle-help",
    ),
)  # fmt: skip
