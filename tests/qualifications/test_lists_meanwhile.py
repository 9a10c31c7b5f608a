"""Taking over a list does what its page showed: where something else changed that meanwhile, nothing is done and it says what."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.qualifications.models import Qualification, SafetyAdmission
from tests.qualifications import test_admission_lists as admission_lists
from tests.qualifications import test_lists as lists
from tests.qualifications.test_lists import take, words

CHANGED = "something else has changed what this list would do: nothing was taken over. 1 row is different now and comes first."


def kept_of(lab, kind: type[Qualification] | type[SafetyAdmission], day: str) -> str:
    """Two people, the second of whom is not read about anywhere else."""
    if kind is SafetyAdmission:
        data = f"mail,last day\n{lab.mails['other']},{day}\n{lab.mails['member']},{day}\n"
        return admission_lists.bring(lab, data.encode()).location
    data = f"mail,last day\n{lab.mails['other']},{day}\n{lab.mails['member']},{day}\n"
    return lists.bring(lab, data.encode(), subject=f"i{lab.instrument_id}").location


@pytest.mark.parametrize(("kind", "who"), [(Qualification, "operator"), (SafetyAdmission, "officer")])
def test_two_lists_about_one_person_do_not_overwrite_what_was_shown_as_new(lab, kind, who: str) -> None:
    first, second = kept_of(lab, kind, "2027-11-30"), kept_of(lab, kind, "2028-01-31")
    shown = lab.get(who, second).get_data(as_text=True)
    assert "2 new" not in shown and 'name="seen"' in shown
    assert "2 new, 0 changed" in words(lab.client.get(take(lab, first, who).location))
    before = state(kind)
    late = take(lab, second, who, shown)
    assert late.status_code == 412
    page = words(late)
    assert "2 rows are different now and come first." in page and page.count("Different now") == 2
    assert "until now: Tue 30 Nov" in page and "Take over 2 rows" in page
    assert state(kind) == before
    taken = take(lab, second, who, late.get_data(as_text=True))  # what is shown now is done
    assert "0 new, 2 changed" in words(lab.client.get(taken.location))


@pytest.mark.parametrize(("kind", "who"), [(Qualification, "operator"), (SafetyAdmission, "officer")])
def test_only_what_is_different_is_marked(lab, world, kind, who: str) -> None:
    address = kept_of(lab, kind, "2027-11-30")
    shown = lab.get(who, address).get_data(as_text=True)
    if kind is Qualification:
        world.qualification(lab.people["member"], lab.instrument, "assisted")
    else:
        world.admission(lab.people["member"], lab.home)
    page = words(take(lab, address, who, shown))
    assert CHANGED in page and page.count("Different now") == 1
    assert page.index(lab.mails["member"]) < page.index(lab.mails["other"])


@pytest.mark.parametrize("seen", ["", "x", "x.y", "é" * 40])
def test_a_form_that_does_not_say_what_was_shown_takes_nothing(lab, seen: str) -> None:
    address = kept_of(lab, Qualification, "2027-11-30")
    assert lab.post("operator", f"{address}/take", seen=seen).status_code == 412
    assert lab.post("operator", f"{address}/take").status_code == 412
    assert state(Qualification) == []


def state(kind: type[Qualification] | type[SafetyAdmission]) -> list[tuple[object, ...]]:
    db.session.rollback()
    until = Qualification.expires_on if kind is Qualification else SafetyAdmission.valid_until
    assert db.session.scalar(select(func.count(kind.id))) is not None
    return [
        tuple(row)
        for row in db.session.execute(select(kind.person_id, until, kind.version).order_by(kind.id))
    ]
