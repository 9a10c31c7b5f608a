"""What is reported after a use was confirmed: said the same everywhere, listed as needing a look, and settled by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.usage import listing
from instruments.usage.amending import amend, take_back_confirmation
from instruments.usage.coming_late import confirm_anew, leave_as_it_is
from instruments.usage.confirming import confirm
from instruments.usage.correcting import correct
from instruments.usage.facts import UseFacts
from instruments.usage.finishing import finish
from instruments.usage.metering import take
from instruments.usage.priced import uses_over
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.usage.test_counting import S, meter, report
from tests.usage.test_pages import text
from tests.world import World, bearer, sign_in

LATER = NINE + 6 * HOUR
NOBODY = 999_999_999


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = LATER
    return Desk(world)


@pytest.fixture
def late(desk: Desk) -> int:
    """A use from nine to ten that was confirmed, and of which a meter then saw half an hour more."""
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    done(confirm, desk.actor(desk.operator), number, UseFacts(), None, LATER)
    [found] = done(take, report(desk, 0.5, 1.5), meter(desk), LATER)
    assert found == number
    return number


def deeds(number: int) -> list[str]:
    db.session.rollback()
    entries = db.session.query(JournalEntry).filter_by(thing_kind="use", thing_id=number)
    return [entry.deed for entry in entries.order_by(JournalEntry.id)]


def charged(number: int) -> tuple[tuple[int, int], ...]:
    db.session.rollback()
    return tuple(uses_over([number])[0].use.sessions)


def counts(desk: Desk) -> tuple[int, list[int]]:
    """How many need a look, and which."""
    db.session.rollback()
    rows = listing.of_lab(desk.lab.id, "flagged", 10)
    return listing.counts_of([desk.lab.id])["flagged"], [row.id for row in rows]


NINE_TO_TEN, TO_HALF_PAST = ((S, S + 3600),), ((S, S + 5400),)


def test_who_may_not_settle_it_and_what_there_is_not_to_settle(desk: Desk, late: int) -> None:
    operator = desk.actor(desk.operator)
    for act, more in ((confirm_anew, ()), (leave_as_it_is, ("It ran dry",))):
        assert refused(act, desk.actor(), late, *more, None, LATER) == ["forbidden"]
        assert refused(act, operator, NOBODY, *more, None, LATER) == ["no_use"]
        assert refused(act, operator, late, *more, 1, LATER) == ["stale"]
    assert refused(leave_as_it_is, operator, late, "  ", None, LATER) == ["no_reason"]
    assert refused(leave_as_it_is, operator, late, "x" * 501, None, LATER) == ["reason_too_long"]
    done(confirm_anew, operator, late, None, LATER)
    assert refused(confirm_anew, operator, late, None, LATER) == ["nothing_late"]
    assert refused(leave_as_it_is, operator, late, "Why", None, LATER) == ["nothing_late"]


def test_it_needs_a_look_and_does_not_count(desk: Desk, late: int) -> None:
    use = desk.use(late)
    assert (use.flags, use.ended_at, charged(late)) == ("late", NINE + HOUR, NINE_TO_TEN)
    assert counts(desk) == (1, [late])


def test_confirmed_anew_it_counts_its_heading_follows_and_nothing_waits(desk: Desk, late: int) -> None:
    done(confirm_anew, desk.actor(desk.operator), late, None, LATER + MINUTE)
    use = desk.use(late)
    assert (use.state, use.flags, use.ended_at) == ("confirmed", "", NINE + 90 * MINUTE)
    assert (charged(late), counts(desk)) == (TO_HALF_PAST, (0, []))
    assert deeds(late)[-2:] == ["use.reported_late", "use.confirmed_anew"]


def test_left_as_it_is_it_stays_so_whatever_is_amended_afterwards(desk: Desk, late: int) -> None:
    operator = desk.actor(desk.operator)
    done(leave_as_it_is, operator, late, "The pump ran on by itself", None, LATER)
    assert (desk.use(late).flags, charged(late), counts(desk)) == ("", NINE_TO_TEN, (0, []))
    done(amend, operator, late, UseFacts(samples=3), "Three were found", None, LATER + HOUR)
    assert (desk.use(late).ended_at, charged(late)) == (NINE + HOUR, NINE_TO_TEN)
    entry = db.session.query(JournalEntry).filter_by(deed="use.left_as_it_was").one()
    assert entry.detail["reason"] == "The pump ran on by itself"
    # What comes later needs a look again.
    done(take, report(desk, 1.5, 2, key="more"), meter(desk), LATER + 2 * HOUR)
    assert (desk.use(late).flags, counts(desk)) == ("late", (1, [late]))


def test_left_out_it_does_not_count_either_when_other_hours_are_corrected(desk: Desk, late: int) -> None:
    operator, minutes = desk.actor(desk.operator), [(S, S + 600)]
    done(leave_as_it_is, operator, late, "The pump ran on by itself", None, LATER)
    done(correct, operator, late, "fault", minutes, "It warmed up for too long", None, LATER + HOUR)
    assert (desk.use(late).ended_at, charged(late)) == (NINE + HOUR, NINE_TO_TEN)
    assert uses_over([late])[0].use.not_charged == ((S, S + 600),)


def test_a_confirmation_that_is_taken_back_and_made_again_says_the_new_end(desk: Desk, late: int) -> None:
    """Within the same second, too: what came after the first confirmation came before the second."""
    operator = desk.actor(desk.operator)
    done(take_back_confirmation, operator, late, None, LATER)
    use = desk.use(late)
    assert (use.state, use.flags, use.ended_at) == ("waiting", "", NINE + 90 * MINUTE)
    done(confirm, operator, late, UseFacts(), None, LATER)
    use = desk.use(late)
    assert (use.state, use.flags, use.ended_at) == ("confirmed", "", NINE + 90 * MINUTE)
    assert (charged(late), counts(desk)) == (TO_HALF_PAST, (0, []))


def test_what_waits_with_the_flag_from_before_is_settled_when_it_is_confirmed(desk: Desk, late: int) -> None:
    """As it stood where a confirmation was taken back before the flag went with it."""
    words = (
        "UPDATE \"use\" SET state = 'waiting', confirmed_at = NULL, confirmed_by_id = NULL WHERE id = :number"
    )
    db.session.execute(sql(words), {"number": late})
    db.session.commit()
    assert counts(desk) == (1, [late])
    done(confirm, desk.actor(desk.operator), late, UseFacts(), None, LATER + MINUTE)
    use = desk.use(late)
    assert (use.flags, use.ended_at, charged(late)) == ("", NINE + 90 * MINUTE, TO_HALF_PAST)


# --- The journal


@pytest.mark.parametrize(
    ("hours", "noted"),
    [
        ((0, 0.5), []),
        ((0.5, 1.5), ["use.reports_changed"]),
    ],
)
def test_what_changes_a_use_that_waits_is_noted(
    desk: Desk, hours: tuple[float, float], noted: list[str]
) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    before = deeds(number)
    done(take, report(desk, *hours, layer="attended"), meter(desk), LATER)
    assert deeds(number) == before + noted
    entries = db.session.query(JournalEntry).filter_by(deed="use.reports_changed")
    assert [(entry.actor_id, entry.detail["reporter"]) for entry in entries] == [
        (meter(desk).person_id, meter(desk).name) for _ in noted
    ]


def test_what_one_meter_goes_on_to_report_is_noted_once(desk: Desk) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    before = deeds(number)
    for place in range(3):
        done(take, report(desk, 1 + place / 10, 1.1 + place / 10, key=f"{place}"), meter(desk), LATER)
    assert deeds(number) == [*before, "use.reports_changed"]
    done(confirm, desk.actor(desk.operator), number, UseFacts(), None, LATER)
    for place in range(3, 5):
        done(take, report(desk, 1 + place / 10, 1.1 + place / 10, key=f"{place}"), meter(desk), LATER)
    assert deeds(number) == [*before, "use.reports_changed", "use.confirmed", "use.reported_late"]


def test_a_use_that_a_report_begins_is_noted_as_that_alone(desk: Desk) -> None:
    [number] = done(take, report(desk, 3, 4), meter(desk), LATER)
    done(take, report(desk, 4, 5, key="on"), meter(desk), LATER)
    assert deeds(number) == ["use.reported"]


# --- Pages and programs


def test_the_list_says_the_hours_of_the_page(desk: Desk, late: int, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    for view in ("flagged", "confirmed"):
        page = text(client.get(f"/labs/{desk.lab.id}/uses?view={view}"))
        assert "09:00–10:00" in page
        assert "(1 h)" in page
        assert "1 h 30 min" not in page
    page = text(client.get(f"/uses/{late}"))
    assert "Hours that count Attended Tue 2 Mar, 09:00–10:00 (1 h) Reserved" in page
    assert "came after it was confirmed" in page
    assert "A report came after it was confirmed" in page


def test_the_lab_settles_it_on_its_page(desk: Desk, late: int, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    assert "1 use needs a look" in text(client.get(f"/labs/{desk.lab.id}/today"))
    page = text(client.get(f"/uses/{late}"))
    assert "With what was reported since, these hours would count:" in page
    refusal = client.post(f"/uses/{late}/leave", data={"reason": "", "version": desk.use(late).version})
    assert refusal.status_code == 422
    assert "Say why what was reported does not count" in text(refusal)
    sent = {"reason": "The pump ran on", "version": desk.use(late).version}
    page = text(client.post(f"/uses/{late}/leave", data=sent, follow_redirects=True))
    assert "Left as it was confirmed." in page
    assert "The pump ran on" in page
    assert "these hours would count" not in page
    assert "needs a look" not in text(client.get(f"/labs/{desk.lab.id}/today"))


def test_confirmed_anew_on_its_page(desk: Desk, late: int, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    sent = {"version": desk.use(late).version}
    page = text(client.post(f"/uses/{late}/confirm-anew", data=sent, follow_redirects=True))
    assert "Confirmed anew, with what was reported since." in page
    assert page.startswith(" Use Tue 2 Mar, 09:00–10:30")
    assert "Measurement Tue 2 Mar, 09:30–10:30 (1 h) Reserved" in page
    sign_in(client, desk.user)
    assert client.post(f"/uses/{late}/confirm-anew", data={}).status_code == 403


def test_whoever_used_it_sees_that_it_is_late_and_settles_nothing(
    desk: Desk, late: int, client: FlaskClient
) -> None:
    sign_in(client, desk.user)
    page = text(client.get(f"/uses/{late}"))
    assert "A report came after it was confirmed; its hours do not count." in page
    assert "these hours would count" not in page


def test_programs_settle_it(desk: Desk, late: int, client: FlaskClient) -> None:
    headers = bearer(desk.world.token(desk.operator, "usage:read usage:write"))
    address = f"/api/v1/usage/{late}"
    day = client.get(f"/api/v1/labs/{desk.lab.id}/day", headers=headers).json
    assert day["flagged"] == 1
    assert client.post(f"{address}/confirm-anew", json={}, headers=headers).status_code == 428
    tag = headers | {"If-Match": client.get(address, headers=headers).headers["ETag"]}
    refusal = client.post(f"{address}/leave", json={"reason": " "}, headers=tag)
    assert (refusal.status_code, [each["code"] for each in refusal.json["reasons"]]) == (422, ["no_reason"])
    answer = client.post(f"{address}/confirm-anew", json={}, headers=tag)
    assert (answer.status_code, answer.json["flags"], answer.json["ended_at"]) == (
        200,
        [],
        "2027-03-02T10:30:00+08:00",
    )
    tag = headers | {"If-Match": answer.headers["ETag"]}
    refusal = client.post(f"{address}/leave", json={"reason": "Why"}, headers=tag)
    assert [each["code"] for each in refusal.json["reasons"]] == ["nothing_late"]


def test_an_index_serves_the_list(desk: Desk) -> None:
    if db.engine.dialect.name == "sqlite":
        asked = (
            "SELECT id FROM \"use\" WHERE instrument_id = 1 AND state = 'confirmed' AND flags LIKE '%late%'"
        )
        plan = " ".join(row[-1] for row in db.session.execute(sql(f"EXPLAIN QUERY PLAN {asked}")))
        assert "ix_use_late" in plan


def test_several_confirmations_are_taken_back_together(desk: Desk, late: int, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    sent = {"use": [late]}
    page = text(client.post(f"/labs/{desk.lab.id}/uses/take-back", data=sent, follow_redirects=True))
    assert "1 confirmation taken back." in page
    assert desk.use(late).ended_at == NINE + timedelta(minutes=90)
