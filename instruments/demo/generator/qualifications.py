"""Qualifications of the invented world: a lab that demands them, and the shown people with some, one that ends soon, and
one that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from instruments.demo.generator.instruments import SHOWN_LAB, Instruments
from instruments.demo.generator.people import People
from instruments.demo.generator.places import ZONE, Places, Row

NIGHT = {"night_from": 20 * 60, "night_until": 8 * 60}
NOTHING: Row = {
    "level": "", "night_level": "", "night_from": None, "night_until": None, "days_off": False,
    "admission": False, "two_at_night": False, "two_if_hazardous": False,
}  # fmt: skip
# After those that faults were reported on, so that each of the first instruments shows one thing.
FIRST = 3
EVERY = 17  # so many labs apart, a lab demands a level of all its users


@dataclass
class Qualifications:
    """Rows of each table."""

    rules: list[Row] = field(default_factory=list)
    techniques: list[Row] = field(default_factory=list)
    parts: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    admissions: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)


def make_qualifications(places: Places, people: People, made: Instruments, anchor: date) -> Qualifications:
    """Four instruments of the shown lab and every so manyth of the other labs ask for something."""
    own = [row for row in made.rows if row["lab_id"] == SHOWN_LAB and row["status"] == "in_service"]
    found = Qualifications()
    demanding = own[FIRST : FIRST + 4]
    if len(demanding) < 4:
        return found
    free, soon, asked, safe = (row["id"] for row in demanding)
    others = [row["id"] for row in places.labs if row["id"] != SHOWN_LAB and row["id"] % EVERY == 0]
    asks = {"level": "independent"}
    found.rules = [
        *(NOTHING | asks | {"lab_id": None, "instrument_id": number} for number in (free, soon)),
        NOTHING
        | {"level": "assisted", "night_level": "night", "lab_id": None, "instrument_id": asked}
        | NIGHT,
        NOTHING
        | {
            "admission": True,
            "two_at_night": True,
            "two_if_hazardous": True,
            "lab_id": None,
            "instrument_id": safe,
        }
        | NIGHT,
        *(NOTHING | asks | {"lab_id": number, "instrument_id": None} for number in others),
    ]
    found.techniques = [
        {
            "id": 1,
            "lab_id": SHOWN_LAB,
            "institution_id": None,
            "name_en": "Routine spectroscopy",
            "name_zh": "常规光谱",
        }
    ]
    found.parts = [{"technique_id": 1, "instrument_id": number} for number in (free, soon)]
    _held(found, people, demanding[0]["institution_id"], (free, soon, asked), anchor)
    return found


def _held(
    found: Qualifications, people: People, home: int, numbers: tuple[int, int, int], anchor: date
) -> None:
    lin, student, granter = (people.shown[name] for name in ("researcher", "student", "operator"))
    free, soon, asked = numbers
    ago = datetime.combine(anchor - timedelta(days=200), time(10), ZONE).astimezone(UTC)
    granted = {"granted_by_id": granter, "granted_at": ago, "remark": ""}
    found.held = [
        granted | {"person_id": lin, "instrument_id": free, "technique_id": None, "level": "independent",
                   "expires_on": anchor + timedelta(days=500)},
        granted | {"person_id": lin, "instrument_id": soon, "technique_id": None, "level": "independent",
                   "expires_on": anchor + timedelta(days=20)},
        granted | {"person_id": student, "instrument_id": None, "technique_id": 1, "level": "independent",
                   "expires_on": None},
    ]  # fmt: skip
    admitted = {"institution_id": home, "exam": "Laboratory safety / 实验室安全", "granted_at": ago,
                "granted_by_id": people.shown["institution_manager"]}  # fmt: skip
    found.admissions = [
        admitted | {"person_id": lin, "result": "96", "valid_until": anchor + timedelta(days=300)},
        admitted | {"person_id": student, "result": "88", "valid_until": anchor + timedelta(days=25)},
    ]
    found.requests = [
        {"person_id": lin, "institution_id": home, "lab_id": SHOWN_LAB, "instrument_id": asked, "level": "independent",
         "words": "I used one like it for two years. / 我使用同类仪器已有两年。",
         "asked_at": datetime.combine(anchor - timedelta(days=1), time(15), ZONE).astimezone(UTC)},
    ]  # fmt: skip
