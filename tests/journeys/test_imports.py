"""A manager brings a catalogue: the file has errors, is mended, is imported, and changes nothing when it comes again."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.catalog.files import csv_bytes
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of
from tests.world import World

GOOD = {
    "asset_number": "2026-001",
    "name_en": "X-ray photoelectron spectrometer",
    "name_zh": "X射线光电子能谱仪",
    "lab": "Surface Laboratory",
    "maker": "Thermo Fisher",
    "model": "K-Alpha",
    "contact_mail": "surface@qinling.example",
}
OTHER = GOOD | {"asset_number": "2026-002", "name_en": "Atomic force microscope", "name_zh": "原子力显微镜"}
WRONG_MAIL = GOOD | {
    "asset_number": "2026-003",
    "name_en": "Contact angle meter",
    "name_zh": "接触角测量仪",
    "contact_mail": "nobody",
}
NO_NAME = OTHER | {"asset_number": "2026-004", "name_en": "", "name_zh": ""}
MENDED = [
    GOOD,
    OTHER,
    WRONG_MAIL | {"contact_mail": "angle@qinling.example"},
    NO_NAME | {"name_en": "Ellipsometer", "name_zh": "椭偏仪"},
]


def upload(manager: Reader, name: str, rows: list[dict[str, str]]) -> None:
    """Send a file to be checked, and wait for what it would do."""
    with manager.asked_for_a_file("File") as asked:
        asked.set_files(FilePayload(name=name, mimeType="text/csv", buffer=csv_bytes(rows)))
    manager.ticks("Add labs that are named in the file and do not exist yet")
    manager.types("Opening hours for instruments without any", "Mon-Sun 08:00-20:00")
    manager.presses("Upload and check")
    manager.waits_until("Refused")


@pytest.mark.usefixtures("worker")
def test_manager_imports_a_file_with_errors_mends_it_imports_again(
    reader: Reader, world: World, campus: Campus, member: Callable[..., Person]
) -> None:
    zhou = member(campus.university, mail="zhou@qinling.example", name_en="Zhou Nishe", name_zh="周拟设")
    world.grant(zhou, Role.INSTITUTION_MANAGER, campus.university)
    ellipsometer = {"en": "Ellipsometer"}.get(reader.language, "椭偏仪")
    before = db.session.scalar(select(func.count(Instrument.id)))

    # Zhou signs in and finds the way to the import.
    reader.opens("/sign-in")
    reader.signs_in(zhou.mail, PASSWORD)
    reader.goes_to("Catalogue")
    reader.follows("Import a file")

    # A file that is forgotten is asked for.
    reader.presses("Upload and check")
    reader.reads("Choose a file.")

    # Two rows cannot be taken; the page says which, where and why, and nothing is written.
    upload(reader, "surface.csv", [GOOD, OTHER, WRONG_MAIL, NO_NAME])
    rows = reader.words("%(num)s row", "%(num)s rows", num=2)
    kinds = reader.words("%(num)s kind of reason", "%(num)s kinds of reason", num=2)
    reader.reads("Refused: %(rows)s, %(kinds)s", rows=rows, kinds=kinds)
    reader.reads("Not a mail address.")
    reader.reads("Write one, like lab@example.org.")
    reader.reads("nobody")

    # The same two rows are there to be taken home, with the reasons beside them.
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(reader.downloads("Refused rows (.xlsx)"))
    ).get_sheet_by_index(0)
    written = "\n".join(str(cell) for row in sheet.to_python() for cell in row)
    assert "2026-003" in written and "2026-004" in written and "2026-001" not in written
    assert reader.words("Not a mail address.") in written
    db.session.rollback()
    assert db.session.scalar(select(func.count(Instrument.id))) == before

    # Mended, every row is new; now it is imported.
    reader.goes_to("Catalogue")
    reader.follows("Import a file")
    upload(reader, "surface-mended.csv", MENDED)
    reader.presses("Import %(num)s row", "Import %(num)s rows", num=4)
    reader.waits_until("Imported: %(new)s new, %(changed)s changed.", new=4, changed=0)
    reader.follows("Open the catalogue")
    reader.reads(ellipsometer)

    # The same file once more changes nothing, and says so.
    reader.follows("Import a file")
    upload(reader, "surface-mended.csv", MENDED)
    reader.reads("Nothing to import: every row that could be read is in the catalogue already.")

    # What was imported is found by anybody, and can be booked.
    reader.goes_to("Find")
    reader.types("What do you want to measure?", "ellipsometer")
    reader.presses("Search")
    reader.reads("%(num)s instrument", "%(num)s instruments", num=1)
    reader.skips_to("Skip to the results")
    reader.follows(ellipsometer)
    reader.skips_to("Skip to the booking form")
    reader.types_day("Day", day_after(3))
    reader.types_time("From", 8)
    reader.types_time("Until", 10)
    reader.presses("Book")
    reader.reads("Booked: %(time)s.", time=reader.when(hours_of(day_after(3), 8, 10)))
