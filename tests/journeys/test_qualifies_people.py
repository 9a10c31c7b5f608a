"""A lab qualifies people and an institution admits them, by the keyboard alone: a list, a request, changes and their reasons."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after
from tests.world import World


@pytest.mark.parametrize("new_reader", ["english-desktop", "chinese-phone"], indirect=True)
def test_lab_and_institution_qualify_people(
    new_reader: Callable[[], Reader],
    reader: Reader,
    world: World,
    campus: Campus,
    member: Callable[..., Person],
) -> None:
    chen = member(campus.university, mail="chen@qinling.example", name_en="Chen Moni", name_zh="陈模拟")
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    zhou = member(campus.university, mail="zhou@qinling.example", name_en="Zhou Nishe", name_zh="周拟设")
    world.grant(chen, Role.LAB_MANAGER, campus.lab)
    world.grant(zhou, Role.SAFETY_OFFICER, campus.university)
    world.needs(campus.lab, level="independent", admission=True)
    raman, place = reader.name(campus.raman), reader.name(campus.lab)
    mails = {"lin": lin.mail, "chen": chen.mail, "zhou": zhou.mail}
    number, home = campus.raman.id, campus.university.id
    db.session.rollback()

    # Lin lacks both, and asks for the qualification where it is said.
    reader.opens("/sign-in")
    reader.signs_in(mails["lin"], PASSWORD)
    reader.opens(f"/instruments/{number}")
    reader.reads("Get qualified first")
    reader.presses("Ask for the qualification")
    reader.reads("Waits for an answer")

    # Chen declines without a reason, is told, and appoints the training.
    chen_reads = new_reader()
    chen_reads.opens("/sign-in")
    chen_reads.signs_in(mails["chen"], PASSWORD)
    chen_reads.goes_to("Home")
    chen_reads.follows(place)
    chen_reads.follows("Qualifications")
    chen_reads.follows("%(num)s request", "%(num)s requests", num=1)
    name = chen_reads.name(lin)
    chen_reads.presses_named("Decline", name)
    chen_reads.reads("Say why you decline.")
    chen_reads.types("Message", "Mon 9:00")
    chen_reads.presses_named("Appoint the training", name)
    chen_reads.reads(
        "%(name)s reads your words. The request stays here until you grant or decline.", name=name
    )

    # The lab's old list qualifies Lin; a row that cannot be is said before.
    chen_reads.follows("Qualifications")
    chen_reads.follows("Import a list")
    list_ = (
        f"mail,level,last day,instrument\n{mails['lin']},night,,{raman}\n{mails['lin']},expert,soon,{raman}\n"
    )
    with chen_reads.asked_for_a_file("File") as asked:
        asked.set_files(FilePayload(name="users.csv", mimeType="text/csv", buffer=list_.encode()))
    chen_reads.presses("See what it would do")
    chen_reads.reads("The last day is no date; write it like 2027-03-01.")
    chen_reads.presses("Take over %(num)s row", "Take over %(num)s rows", num=1)

    # One is opened: a lower level needs a reason.
    chen_reads.follows_named("Open", f"{name}, {raman}")
    chen_reads.chooses("Level", "Independent use")
    chen_reads.presses("Save")
    chen_reads.reads("Say why the person loses something by this, in a few words.")
    chen_reads.types("Why it changes", "Days only")
    chen_reads.presses("Save")
    chen_reads.reads("Changed. The person is told; what is booked stays booked.")
    chen_reads.reads("Qualification changed")

    # Zhou admits Lin after the exam, and takes it back again with a reason.
    zhou_reads = new_reader()
    zhou_reads.opens("/sign-in")
    zhou_reads.signs_in(mails["zhou"], PASSWORD)
    zhou_reads.opens(f"/institutions/{home}/admissions")
    zhou_reads.follows("Grant")
    zhou_reads.types("Mail addresses", mails["lin"])
    zhou_reads.types("Exam", "Laser safety")
    zhou_reads.presses("Grant")
    zhou_reads.reads("Say to which day it lasts.")
    zhou_reads.types_day("Last day", day_after(300))
    zhou_reads.presses("Grant")
    zhou_reads.reads("Granted to %(count)s person.", "Granted to %(count)s people.", num=1, count=1)
    zhou_reads.follows_named("Open", name)
    zhou_reads.types("Why you take it back", "Goggles off")
    zhou_reads.presses("Take it back")
    zhou_reads.reads("Taken back. Who had it is told why; what is booked stays booked.")

    # Lin reads all of it.
    reader.opens("/profile/qualifications")
    reader.follows_named("History", raman)
    reader.reads("Days only")
    reader.opens("/profile/qualifications")
    reader.reads("Goggles off")
