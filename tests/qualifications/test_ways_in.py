"""From a refusal, a page or a search hit to the request: what is missing is said, and asked for by one click."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.qualifications.models import QualificationRequest
from instruments.reservations.models import Reservation
from tests.world import sign_in

FORM = {
    "day": "2027-03-02",
    "from": "10:00",
    "until": "12:00",
    "purpose": "research",
    "title": "T",
    "key": "k",
}


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def book(lab, who, **more):
    return lab.post(who, f"/instruments/{lab.instrument_id}/reservations", **{**FORM, **more})


def test_the_refusal_asks_by_one_click(lab, world) -> None:
    world.needs(lab.lab, level="independent", admission=True)
    refused = book(lab, "member")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Not booked, for 2 reasons" in words(refused)
    assert f'action="/institutions/{lab.home_id}/admission-requests"' in page
    assert f'action="/instruments/{lab.instrument_id}/qualification-requests"' in page
    assert 'name="level" value="independent"' in page
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="independent")
    assert db.session.scalars(select(QualificationRequest.level)).one() == "independent"


def test_nobody_asks_in_the_name_of_another(lab, world) -> None:
    world.needs(lab.lab, level="independent")
    refused = book(lab, "operator", user=lab.mails["member"])
    assert refused.status_code == 422
    assert "qualification-requests" not in refused.get_data(as_text=True)


def test_the_form_asks_for_the_second_person_where_two_are_needed(lab, world) -> None:
    plain = lab.get("member", f"/instruments/{lab.instrument_id}").get_data(as_text=True)
    assert "second_person" not in plain
    world.needs(lab.lab, two_if_hazardous=True)
    world.admission(lab.people["other"], lab.home)
    page = lab.get("member", f"/instruments/{lab.instrument_id}").get_data(as_text=True)
    assert 'name="second_person"' in page and 'name="hazardous"' in page
    refused = book(lab, "member", hazardous="1")
    assert refused.status_code == 422 and "two people must be present" in words(refused)
    assert re.search(r'name="hazardous" value="1" checked', refused.get_data(as_text=True))
    made = book(lab, "member", hazardous="1", second_person=lab.mails["other"])
    assert made.status_code == 303
    db.session.rollback()
    row = db.session.scalars(select(Reservation)).one()
    assert (row.hazardous, row.second_id) == (True, lab.numbers["other"])
    number = row.id
    shown = words(lab.get("other", f"/reservations/{number}"))
    assert "Second person" in shown and "Hazardous samples" in shown
    assert "Move or change" not in shown
    moved = lab.post(
        "member", f"/reservations/{number}/move",
        **{**FORM, "from": "13:00", "until": "14:00", "hazardous": "1", "version": 1},
    )  # fmt: skip
    assert moved.status_code == 303


def test_the_instruments_page_says_what_is_needed_and_what_you_have(lab, world, now) -> None:
    world.needs(lab.lab, level="independent", admission=True)
    lacking = words(lab.get("member", f"/instruments/{lab.instrument_id}"))
    assert "A qualification is needed: independent use." in lacking
    assert "You are not qualified for it." in lacking and "You do not have the safety admission." in lacking
    assert "Get qualified first" in lacking
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="independent")
    assert "Asked for. You are told the answer." in words(
        lab.get("member", f"/instruments/{lab.instrument_id}")
    )
    world.qualification(lab.people["member"], lab.instrument, expires_on=(now + timedelta(days=9)).date())
    world.admission(lab.people["member"], lab.home)
    having = words(lab.get("member", f"/instruments/{lab.instrument_id}"))
    assert "You are qualified for it until" in having and "Get qualified first" not in having
    staff = words(lab.get("operator", f"/instruments/{lab.instrument_id}"))
    assert "You run this lab, so you need no qualification." in staff
    assert "A qualification is needed" in words(lab.client.get(f"/instruments/{lab.instrument_id}"))


def test_a_search_hit_offers_to_get_qualified_instead_of_booking(lab, world, statements) -> None:
    open_to_all = world.instrument(lab.lab)
    page = sign_in(lab.client, lab.people["member"])
    page.get("/?hours=2")
    statements.clear()
    page.get("/?hours=2")
    before = len(statements)
    world.needs(lab.instrument, level="independent")
    page.get("/?hours=2")
    statements.clear()
    shown = page.get("/?hours=2")
    count = len(statements)
    html = shown.get_data(as_text=True)
    assert "Get qualified" in html and f'href="/instruments/{lab.instrument_id}#qualify"' in html
    assert f'href="/instruments/{open_to_all.id}?day=' in html
    assert count == before + 1
    world.qualification(lab.people["member"], lab.instrument)
    assert "Get qualified" not in page.get("/?hours=2").get_data(as_text=True)


def test_staff_find_what_waits_at_home(lab) -> None:
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="independent")
    lab.post("member", f"/institutions/{lab.home_id}/admission-requests")
    assert "1 request for a qualification" in words(lab.get("operator", "/home"))
    assert "1 request for the safety admission" in words(lab.get("officer", "/home"))
    assert "request for" not in words(lab.get("member", "/home"))


def test_with_assistance_the_queue_says_why_it_was_asked(lab, world) -> None:
    world.needs(lab.lab, level="assisted")
    world.qualification(lab.people["member"], lab.instrument, "assisted")
    assert book(lab, "member").status_code == 303
    assert "approve it when somebody of the lab will be there" in words(
        lab.get("operator", f"/labs/{lab.lab_id}/approvals")
    )


def test_a_series_and_the_waitlist_ask_by_one_click_too(lab, world) -> None:
    world.needs(lab.lab, level="independent", admission=True)
    address = f'action="/instruments/{lab.instrument_id}/qualification-requests"'
    series = {**FORM, "repeats": "week", "times": "3"}
    plan = f"/instruments/{lab.instrument_id}/series/plan"
    dates = lab.post("member", plan, **series).get_data(as_text=True)
    assert dates.count(address) == 1 and f'action="/institutions/{lab.home_id}/admission-requests"' in dates
    for_another = lab.post("operator", plan, **series, user=lab.mails["member"]).get_data(as_text=True)
    assert address not in for_another
    form = f"/waitlist/new?instrument={lab.instrument_id}"
    assert address in lab.get("member", form).get_data(as_text=True)
    assert address not in lab.get("operator", form).get_data(as_text=True)
    wish = {"instrument": lab.instrument_id, "hours": "2", "first": "2027-03-02", "last": "2027-03-05"}
    joined = words(lab.client.get(lab.post("member", "/waitlist", **wish, purpose="research").location))
    assert "before you have it, nothing can be offered to you" in joined
    assert "As soon as it becomes free" not in joined
    assert address in lab.get("member", "/waitlist").get_data(as_text=True)
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="independent")
    waiting = lab.get("member", "/waitlist")
    assert address not in waiting.get_data(as_text=True)
    assert "Asked for. You are told the answer." in words(waiting)


def test_who_waits_for_any_of_a_class_reads_what_they_lack_for_all_or_some(lab, world) -> None:
    first = db.session.get(Instrument, lab.instrument_id)
    first.class_code = "010410"
    world.needs(first, level="independent")
    form = "/waitlist/new?class=010410"
    address = f'action="/instruments/{lab.instrument_id}/qualification-requests"'
    assert address in lab.get("member", form).get_data(as_text=True)
    wish = {
        "class": "010410",
        "hours": "2",
        "first": "2027-03-02",
        "last": "2027-03-05",
        "purpose": "research",
    }
    joined = words(lab.client.get(lab.post("member", "/waitlist", **wish).location))
    assert "before you have it, nothing can be offered to you" in joined
    assert address in lab.get("member", "/waitlist").get_data(as_text=True)
    world.instrument(lab.lab, class_code="010410")
    some = "You lack what 1 of these 2 instruments asks for; only the others can be offered to you."
    for page in (form, "/waitlist"):
        answer = lab.get("member", page)
        assert some in words(answer) and address not in answer.get_data(as_text=True)


def test_whose_level_ends_before_is_led_to_renew_it(lab, world, now) -> None:
    world.needs(lab.lab, level="independent")
    world.qualification(lab.people["member"], lab.instrument, expires_on=(now + timedelta(days=1)).date())
    world.admission(lab.people["member"], lab.home)
    day = (now + timedelta(days=3)).date().isoformat()
    typed = {"day": day, "from": "10:00", "until": "12:00", "purpose": "research", "title": "", "key": "k"}
    refused = words(lab.post("member", f"/instruments/{lab.instrument_id}/reservations", **typed))
    assert "Ask for its renewal, or book until then." in refused
    assert "Ask to renew" in refused and "Ask for the qualification" not in refused
