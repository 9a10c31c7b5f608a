"""Approval on pages: the rule, what is said before the click, the queue, and what who asked sees."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database import db
from tests.conftest import Statements
from tests.reservations.asking import HOUR, Lab
from tests.world import World, sign_in


@pytest.fixture
def lab(client: FlaskClient, world: World, now: datetime) -> Lab:
    return Lab(client, world, now)


def page_of(app: Flask, lab: Lab, who: str) -> FlaskClient:
    """A browser of somebody."""
    return sign_in(app.test_client(), lab.people[who])


def queue(lab: Lab) -> str:
    return f"/labs/{lab.lab_id}/approvals"


def ask(lab: Lab, who: str = "partner", hours: float = 26, **more) -> int:
    answer = lab.book(who, hours, **more)
    assert answer.json["state"] == "requested"
    return answer.json["id"]


# --- Refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["member", "partner"])
def test_the_queue_is_for_those_who_answer(app: Flask, lab: Lab, who: str) -> None:
    number = ask(lab)
    browser = page_of(app, lab, who)
    assert browser.get(queue(lab)).status_code == 403
    assert browser.post(f"{queue(lab)}/{number}", data={"do": "approve"}).status_code == 403
    assert browser.post(queue(lab), data={"do": "decline", "message": "No"}).status_code == 403
    assert browser.get(f"/labs/{lab.lab_id}/approval").status_code == 403
    assert lab.state(number) == ("requested", None)


def test_a_manager_of_another_lab_answers_nothing_here(app: Flask, lab: Lab, world: World) -> None:
    other = Lab(lab.client, world, lab.now)
    number = ask(lab)
    browser = page_of(app, other, "manager")
    for place in (lab, other):
        answer = browser.post(f"{queue(place)}/{number}", data={"do": "approve", "version": 1})
        assert answer.status_code in (303, 403)
    assert "no longer open" in browser.get(queue(other)).text
    browser.post(queue(other), data={"do": "decline", "message": "No", "chosen": f"{number}:1"})
    assert lab.state(number) == ("requested", None)


def test_declining_without_a_reason_says_so_and_keeps_the_place(app: Flask, lab: Lab) -> None:
    ask(lab, hours=26)
    number = ask(lab, hours=40)
    answer = page_of(app, lab, "manager").post(f"{queue(lab)}/{number}", data={"do": "decline", "version": 1})
    assert answer.status_code == 422
    assert "Say why you decline." in answer.text
    assert f'approvals/{number}"' in answer.text


def test_a_proposal_that_cannot_be_keeps_what_was_typed(app: Flask, lab: Lab) -> None:
    number = ask(lab)
    typed = {
        "do": "propose",
        "version": 1,
        "day": "soon",
        "from": "10:00",
        "until": "12:00",
        "message": "Later?",
    }
    answer = page_of(app, lab, "manager").post(f"{queue(lab)}/{number}", data=typed)
    assert answer.status_code == 422
    assert "Choose a day." in answer.text and 'value="soon"' in answer.text and "Later?" in answer.text


def test_who_asked_is_told_that_another_decides(app: Flask, lab: Lab) -> None:
    number = ask(lab, "operator", **{"for": lab.numbers["partner"]})
    text = page_of(app, lab, "operator").get(queue(lab)).text
    assert "another of the lab decides" in text and f"approvals/{number}" not in text


def test_operators_see_what_only_managers_decide(app, client, world, now) -> None:
    lab = Lab(client, world, now, managers_only=True)
    ask(lab)
    assert "Here only the managers of the lab decide." in page_of(app, lab, "operator").get(queue(lab)).text
    assert "request waits" not in page_of(app, lab, "operator").get("/home").text
    assert "1 request waits" in page_of(app, lab, "manager").get("/home").text


def test_an_answer_to_what_was_changed_meanwhile_is_refused(app: Flask, lab: Lab) -> None:
    number = ask(lab)
    answer = page_of(app, lab, "manager").post(f"{queue(lab)}/{number}", data={"do": "approve", "version": 7})
    assert (answer.status_code, lab.state(number)) == (412, ("requested", None))
    assert "changed since you opened it" in answer.text


def test_a_request_that_has_gone_is_said_to_have_gone(app: Flask, lab: Lab) -> None:
    number = ask(lab)
    browser = page_of(app, lab, "manager")
    lab.send("partner", number, "cancel", reason="Over")
    assert "no longer open" in browser.get(f"{queue(lab)}?request={number}").text
    assert browser.post(f"{queue(lab)}/{number}", data={"do": "approve", "version": 1}).status_code == 303


# --- The queue ----------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_what_it_is_for(app: Flask, lab: Lab) -> None:
    text = page_of(app, lab, "manager").get(queue(lab)).text
    assert "Nothing waits for an answer" in text
    assert '<a href="/approvals" aria-current="page">' in text
    assert "Nothing was answered yet" in page_of(app, lab, "manager").get(f"{queue(lab)}?view=answered").text


def test_the_bar_leads_to_the_lab_whose_deadline_is_soonest(app: Flask, lab: Lab, world: World) -> None:
    other = Lab(lab.client, world, lab.now)
    assert "/approvals" not in page_of(app, lab, "member").get("/home").text
    assert page_of(app, lab, "member").get("/approvals").status_code == 403
    browser = page_of(app, lab, "manager")
    assert 'href="/approvals"' in browser.get("/home").text
    assert browser.get("/approvals").headers["Location"] == queue(lab)
    world.grant(lab.people["manager"], "lab_operator", other.lab)
    ask(lab, hours=20)
    ask(other, hours=5)
    assert browser.get("/approvals").headers["Location"] == queue(other)
    assert queue(lab) in browser.get(queue(other)).text


def test_the_soonest_deadline_comes_first_and_proposals_last(app: Flask, lab: Lab) -> None:
    late, soon, other = ask(lab, hours=40), ask(lab, hours=5), ask(lab, hours=10)
    start = lab.now + 60 * HOUR
    lab.send("manager", other, "propose", start=start.isoformat(), end=(start + HOUR).isoformat())
    text = page_of(app, lab, "manager").get(queue(lab)).text
    places = [text.index(f"request={number}#request") for number in (soon, late, other)]
    assert places == sorted(places)
    assert "2 wait, soonest deadline first" in text


def test_all_that_is_needed_to_decide_is_there(app: Flask, lab: Lab, world: World) -> None:
    partner, member = lab.people["partner"], lab.people["member"]
    partner_institution = partner.institution.name_en
    world.reservation(lab.instrument, partner, lab.now - 50 * HOUR)
    world.reservation(
        lab.instrument, partner, lab.now - 20 * HOUR, state="cancelled", changed_at=lab.now - 21 * HOUR
    )
    world.reservation(lab.instrument, member, lab.now + 30 * HOUR, title="Own work")
    number = ask(lab, title="Fatigue of alloys", purpose="service")
    world.closure(lab.instrument, lab.now + 27 * HOUR, lab.now + 28 * HOUR, reason="Laser")
    text = page_of(app, lab, "manager").get(f"{queue(lab)}?request={number}").text
    for words in (
        partner.name_en, partner_institution, "Fatigue of alloys", "Service", "Other universities and institutes",
        "Bookings of other universities and institutes need approval", "1 earlier booking in this lab",
        "1 cancelled", "1 of them less than 24 hours before", member.name_en, "Laser",
    ):  # fmt: skip
        assert words in text, words


def test_approve_decline_and_propose_go_on_to_the_next(app: Flask, lab: Lab) -> None:
    first, second, third = ask(lab, hours=5), ask(lab, hours=10), ask(lab, hours=20)
    browser = page_of(app, lab, "manager")
    done = browser.post(
        f"{queue(lab)}/{first}",
        data={"do": "approve", "version": 1, "message": "Come early"},
        follow_redirects=True,
    )
    assert "Approved for" in done.text and f'approvals/{second}"' in done.text
    done = browser.post(
        f"{queue(lab)}/{second}",
        data={"do": "decline", "version": 1, "message": "Repair"},
        follow_redirects=True,
    )
    assert "Declined, and" in done.text and f'approvals/{third}"' in done.text
    when = {"day": "2027-03-04", "from": "10:00", "until": "12:00"}
    done = browser.post(
        f"{queue(lab)}/{third}", data={"do": "propose", "version": 1, **when}, follow_redirects=True
    )
    assert "the time is held until they answer" in done.text
    assert [lab.state(number)[0] for number in (first, second, third)] == [
        "confirmed",
        "declined",
        "requested",
    ]
    answered = browser.get(f"{queue(lab)}?view=answered").text
    assert "Come early" in answered and "Repair" in answered


def test_several_are_declined_at_once_each_for_itself(app: Flask, lab: Lab) -> None:
    numbers = [ask(lab, hours=hours) for hours in (5, 10, 20)]
    browser = page_of(app, lab, "manager")
    chosen = [f"{numbers[0]}:1", f"{numbers[1]}:9", "x:1", "1", f"{10**15}:1"]
    done = browser.post(
        queue(lab),
        data={"do": "decline", "message": "Repair / 维修", "chosen": chosen},
        follow_redirects=True,
    )
    assert "1 request declined." in done.text and "Not all of them:" in done.text
    assert [lab.state(number)[0] for number in numbers] == ["declined", "requested", "requested"]
    read = page_of(app, lab, "partner").get(f"/reservations/{numbers[0]}").text
    assert ("Repair" in read, "维修" in read) == (True, False)
    assert "Choose some requests first." in browser.post(
        queue(lab), data={"do": "decline"}, follow_redirects=True
    ).text  # fmt: skip


def test_only_the_own_institution_is_approved_at_once(app, client, world, now) -> None:
    lab = Lab(client, world, now, for_institution=True, own_together=True)
    own = [ask(lab, "member", hours=hours) for hours in (5, 10)]
    partner = ask(lab, hours=20)
    browser = page_of(app, lab, "manager")

    def approve(numbers: list[int]) -> str:
        chosen = [f"{number}:1" for number in numbers]
        return browser.post(queue(lab), data={"do": "approve", "chosen": chosen}, follow_redirects=True).text

    assert "Only requests of the own institution" in approve([*own, partner])
    assert [lab.state(number)[0] for number in (*own, partner)] == ["requested"] * 3
    assert "2 requests approved." in approve(own)
    assert [lab.state(number)[0] for number in (*own, partner)] == ["confirmed", "confirmed", "requested"]


def test_the_queue_is_paged_and_costs_the_same_whatever_its_length(
    app: Flask, lab: Lab, statements: Statements
) -> None:
    browser = page_of(app, lab, "manager")

    def cost() -> int:
        statements.clear()
        assert browser.get(queue(lab)).status_code == 200
        return len(statements)

    ask(lab, hours=3, length=0.25)
    cost()
    few = cost()
    for place in range(26):
        ask(lab, hours=4 + place, length=0.25)
    assert cost() <= few
    text = browser.get(queue(lab)).text
    assert text.count("#request") == 26  # 25 and the link that skips to it
    following = text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert browser.get(following).text.count("#request") == 3
    assert browser.get(f"{queue(lab)}?after=x").status_code == 422


# --- Who asks -----------------------------------------------------------------------------------------------------------


def test_the_form_says_it_before_the_click_and_the_answer_after(app: Flask, lab: Lab) -> None:
    browser = page_of(app, lab, "partner")
    text = browser.get(f"/instruments/{lab.instrument_id}").text
    assert "Ask the lab" in text and "it answers within 24 h" in text
    assert "The lab approves bookings of other universities and institutes, companies, within 24 h" in text
    typed = {"day": "2027-03-03", "from": "10:00", "until": "12:00", "purpose": "research", "key": "one"}
    address = f"/instruments/{lab.instrument_id}/reservations"
    done = browser.post(address, data=typed, follow_redirects=True)
    assert "Asked for, not yet booked: Wed 3 Mar, 10:00–12:00. It is held until the lab answers." in done.text
    assert "Awaiting approval" in done.text
    assert "The lab decides on it, at the latest Tue 2 Mar, 08:00." in done.text
    again = browser.post(address, data=typed, follow_redirects=True)
    assert "Asked for, not yet booked" in again.text
    assert "Awaiting approval" in browser.get("/reservations").text


def test_what_is_offered_instead_says_whether_it_asks(app: Flask, lab: Lab) -> None:
    lab.book("member", hours=26)
    typed = {"day": "2027-03-02", "from": "10:00", "until": "12:00", "purpose": "research", "key": "one"}
    address = f"/instruments/{lab.instrument_id}/reservations"
    asked = page_of(app, lab, "partner").post(address, data=typed).text
    assert "Check again and ask" in asked and "Ask the lab</button>" in asked
    booked = page_of(app, lab, "operator").post(address, data=typed).text
    assert "Check again and book" in booked and "Ask the lab" not in booked


def test_others_of_the_institution_just_book(app: Flask, lab: Lab) -> None:
    text = page_of(app, lab, "member").get(f"/instruments/{lab.instrument_id}").text
    assert "Ask the lab" not in text.split("rules-title")[0].split('id="booking"')[1]


def test_the_form_of_a_rule_with_a_length(app, client, world, now) -> None:
    lab = Lab(client, world, now, above_minutes=120)
    browser = page_of(app, lab, "partner")

    def button(query: str) -> bool:
        text = browser.get(f"/instruments/{lab.instrument_id}{query}").text
        assert "Above 2 h the lab decides" in text
        return ">Ask the lab<" in text

    assert not button("")
    assert not button("?day=2027-03-03&from=10:00&until=12:00")
    assert button("?day=2027-03-03&from=10:00&until=13:00")


def test_asked_to_the_asker_and_the_lab_and_booked_to_everybody_else(app: Flask, lab: Lab) -> None:
    ask(lab)
    week = f"/instruments/{lab.instrument_id}/week.json?from=2027-03-01"
    seen = {
        who: [
            span["state"]
            for span in page_of(app, lab, who).get(week).json["spans"]
            if span["state"] != "open"
        ]
        for who in ("partner", "manager", "member")
    }
    seen["stranger"] = [
        span["state"] for span in app.test_client().get(week).json["spans"] if span["state"] != "open"
    ]
    assert seen == {"partner": ["asked"], "manager": ["asked"], "member": ["booked"], "stranger": ["booked"]}


def test_the_form_that_moves_says_that_the_lab_is_asked_again(app: Flask, lab: Lab) -> None:
    number = ask(lab)
    lab.send("manager", number, "approve")
    browser = page_of(app, lab, "partner")
    assert "it answers within 24 h" in browser.get(f"/reservations/{number}/move").text
    typed = {"version": 2, "day": "2027-03-03", "from": "10:00", "until": "12:00"}
    done = browser.post(f"/reservations/{number}/move", data=typed, follow_redirects=True)
    assert "Changed. The lab is asked" in done.text and "Awaiting approval" in done.text


def test_a_proposed_time_is_accepted_on_its_page(app: Flask, lab: Lab) -> None:
    number = ask(lab)
    start = lab.now + 60 * HOUR
    lab.send(
        "manager",
        number,
        "propose",
        start=start.isoformat(),
        end=(start + HOUR).isoformat(),
        message="Quieter",
    )
    browser = page_of(app, lab, "partner")
    assert "proposes Wed 3 Mar, 20:00–21:00" in browser.get("/home").text
    text = browser.get(f"/reservations/{number}").text
    assert "The lab proposes another time" in text and "Quieter" in text
    assert "instead of Tue 2 Mar, 10:00–12:00" in text
    stale = browser.post(f"/reservations/{number}/accept", data={"version": 1}, follow_redirects=True)
    assert "changed since you opened it" in stale.text
    done = browser.post(f"/reservations/{number}/accept", data={"version": 2}, follow_redirects=True)
    assert "Accepted: it is booked." in done.text and "The proposed time was accepted" in done.text
    manager = page_of(app, lab, "manager")
    assert manager.post(f"/reservations/{number}/accept", data={"version": 3}).status_code == 403


def test_several_that_may_not_be_approved_together_keep_what_was_ticked_and_written(
    app: Flask, lab: Lab
) -> None:
    first, second = ask(lab, hours=26), ask(lab, hours=40)
    fields = {"do": "approve", "message": "Bring gloves", "chosen": [f"{first}:1", f"{second}:1"]}
    answer = page_of(app, lab, "manager").post(queue(lab), data=fields)
    assert answer.status_code == 422 and "Nothing was approved yet" in answer.text
    # Said in the summary, which leads to the field, and there.
    assert answer.text.count("Only requests of the own institution under one rule") == 2
    assert 'href="#several-chosen"' in answer.text and 'id="several-chosen"' in answer.text
    assert f'value="{first}:1" checked' in answer.text and 'value="Bring gloves"' in answer.text
    assert [lab.state(number)[0] for number in (first, second)] == ["requested", "requested"]


def test_several_without_a_reason_keep_what_was_ticked(app: Flask, lab: Lab) -> None:
    first, second = ask(lab, hours=26), ask(lab, hours=40)
    fields = {"do": "decline", "message": " ", "chosen": f"{second}:1"}
    answer = page_of(app, lab, "manager").post(queue(lab), data=fields)
    assert answer.status_code == 422 and "Nothing was declined yet" in answer.text
    assert f'value="{second}:1" checked' in answer.text and f'value="{first}:1">' in answer.text
    assert 'id="several" open' in answer.text
    assert [lab.state(number)[0] for number in (first, second)] == ["requested", "requested"]


def test_who_decides_sees_what_the_person_is_qualified_for(app: Flask, lab: Lab, world: World) -> None:
    world.needs(lab.lab, level="assisted", admission=True)
    partner = lab.people["partner"]
    world.admission(partner, lab.lab.institution, valid_until=date(2028, 5, 1))
    held = world.qualification(partner, lab.instrument, "assisted", expires_on=date(2028, 6, 1))
    ask(lab)
    browser = page_of(app, lab, "manager")
    shown = " ".join(browser.get(queue(lab)).text.split())
    assert "with assistance · Until Thu 1 Jun 2028" in shown and "Until Mon 1 May 2028" in shown
    held.revoked_at = lab.now
    db.session.commit()
    assert "<dd>None</dd>" in browser.get(queue(lab)).text
