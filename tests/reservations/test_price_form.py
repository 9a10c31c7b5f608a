"""The price beside the booking form: what it says to whom, what it refuses, and that it books what it showed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.funds.models import FundUser
from instruments.people.rights import Role
from instruments.reservations.paying.recalling import prices_of
from tests.rates.pricing_world import price, published
from tests.world import World, sign_in

WHEN = {"day": "2027-03-03", "from": "10:00", "until": "12:00"}
EN = {"Accept-Language": "en"}


class Place:
    """An instrument at 60.00 an hour for its institution, a student whose group has a grant of 200.00."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.thing = world.instrument(self.lab)
        prices = [price("own_institution", 6000), price("own_institution", 500, "item", code="tip", name_en="Tip"),
                  price("own_institution", 9000, mode="assisted"), price("company", 20000)]  # fmt: skip
        published(self.lab, prices=prices, late_percent=50, free_hours=24)
        self.student = world.person(self.lab.institution)
        self.group = world.group(self.lab.institution, world.person(self.lab.institution))
        world.grant(self.student, Role.MEMBER, self.group)
        self.fund = self.grant("Thin films", 20_000)
        self.id = self.thing.id

    def grant(self, name: str, units: int, **values: Any) -> Any:
        fund = self.world.fund(self.group, name_en=name, name_zh=f"{name}基金", budget_units=units, **values)
        db.session.add(FundUser(fund_id=fund.id, given_at=datetime(2027, 1, 1, tzinfo=UTC)))
        db.session.commit()
        return fund


@pytest.fixture
def place(world: World, now: datetime) -> Place:
    return Place(world)


@pytest.fixture
def student(place: Place, client: FlaskClient) -> FlaskClient:
    return sign_in(client, place.student)


def shown(client: FlaskClient, place: Place, **typed: Any) -> str:
    query = {**WHEN, "named_button": "yes", **typed}
    answer = client.get(f"/instruments/{place.id}/price", query_string=query, headers=EN)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_the_page_shows_lines_reasons_sum_and_what_is_left(place: Place, student: FlaskClient) -> None:
    answer = student.get(f"/instruments/{place.id}", query_string=WHEN, headers=EN)
    found = unescape(answer.get_data(as_text=True))
    for words in ("2 h at CNY 60.00 an hour", "120.00", "You pay", "CNY 120.00", "Book for CNY 120.00", "Own institution",
                  "CNY 80.00 left after this booking", f"Thin films ({place.fund.code}), CNY 200.00 left",
                  "Free to cancel until Tue 2 Mar, 10:00, then 50% of what the time costs."):  # fmt: skip
        assert words in found
    assert f'<option value="{place.fund.id}" selected>' in found  # the only one that can pay


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (12, "Free to cancel until Tue 2 Mar, 10:00, then 50% of what the time costs."),
        (36, "Free to cancel until Mon 1 Mar, 22:00, then only the lab can."),
        (60, "So shortly before it starts only the lab can cancel it."),
    ],
)
def test_what_is_said_of_cancelling_can_be_had(
    place: Place, student: FlaskClient, hours: int, said: str
) -> None:
    assert "Free to cancel until Tue" in shown(student, place)
    place.world.rules(place.thing, cutoff_minutes=hours * 60)
    found = shown(student, place)
    assert said in found
    assert found.count("cancel") == 1


def test_a_price_outside_the_opening_hours_says_so(place: Place, student: FlaskClient) -> None:
    assert "outside the opening hours" not in shown(student, place)
    place.world.hours(place.thing, "Mon-Fri 13:00-18:00", valid_from=date(2027, 3, 1))
    found = shown(student, place)
    assert (
        "CNY 120.00" in found and "It is closed Wed 3 Mar, 10:00–12:00, outside the opening hours." in found
    )
    assert "The nearest opening is" in found


def test_what_cannot_be_priced_yet_does_not_ask_for_the_time_again(
    place: Place, student: FlaskClient
) -> None:
    second = place.grant("Coatings", 20_000)
    typed = {"fund_id": place.fund.id, "second_fund": second.id, "fund_percent": "60", "second_percent": "30"}
    found = shown(student, place, **typed)
    assert "The percentages come to 90, not to 100." in found
    assert "The price is shown once what is said above is put right." in found
    assert "Choose a time to see its price." not in found


def test_strangers_ask_for_no_price(place: Place, client: FlaskClient) -> None:
    answer = client.get(f"/instruments/{place.id}/price", query_string=WHEN)
    assert answer.status_code in (302, 303, 401)
    assert "60.00" not in answer.get_data(as_text=True)


def test_add_ons_and_mode_change_the_price(place: Place, student: FlaskClient) -> None:
    found = shown(student, place, **{"add_on-tip": "3"})
    assert "Tip: 3 at CNY 5.00 each" in found
    assert "Book for CNY 135.00" in found
    assert "Book for CNY 180.00" in shown(student, place, mode="assisted")


def test_a_fund_that_cannot_pay_says_why(place: Place, student: FlaskClient) -> None:
    old = place.grant("Old grant", 99_999, valid_to=date(2027, 3, 2))
    found = shown(student, place, fund_id="")
    assert f"Old grant ({old.code}) ends on Tue 2 Mar, before the use on Wed 3 Mar." in found
    assert "left after" not in found
    assert f"Old grant ({old.code}) ends on" in shown(student, place, fund_id=str(old.id))
    short = shown(student, place, fund_id=str(place.fund.id), until="16:00")
    assert f"In Thin films ({place.fund.code}) CNY 200.00 is left; CNY 160.00 is missing." in short


def test_two_funds_of_one_name_are_told_apart_by_their_codes(place: Place, student: FlaskClient) -> None:
    over = {"valid_to": date(2027, 3, 2)}
    same = [place.grant("Old grant", 99_999, code=code, **over) for code in ("OLD-1", "OLD-2")]
    found = shown(student, place, fund_id="")
    for fund in same:
        assert f"Old grant ({fund.code}) ends on Tue 2 Mar, before the use on Wed 3 Mar." in found


def test_anothers_fund_is_as_if_not_there(place: Place, student: FlaskClient) -> None:
    head = place.world.person(place.lab.institution)
    other = place.world.fund(
        place.world.group(place.lab.institution, head), name_en="Secret", budget_units=77_777
    )
    found = shown(student, place, fund_id=str(other.id))
    assert "Secret" not in found
    assert "777.77" not in found
    assert "Book for CNY 120.00" in found


def test_who_books_for_another_chooses_their_funds_and_reads_no_sums(
    place: Place, client: FlaskClient
) -> None:
    manager = place.world.person(place.lab.institution)
    place.world.grant(manager, Role.LAB_MANAGER, place.lab)
    sign_in(client, manager)
    found = shown(client, place, user=place.student.mail, until="16:00")
    assert "Thin films" in found
    assert "200.00" not in found
    assert f"Thin films ({place.fund.code}) cannot pay all of it." in found
    nobody = shown(client, place, user="nobody@example.org")
    assert "Nobody with an account has this name or mail address." in nobody


def test_it_may_not_be_asked_for_a_person_one_may_not_book_for(place: Place, student: FlaskClient) -> None:
    other = place.world.person(place.lab.institution)
    found = shown(student, place, user=str(other.id))
    assert "You may not book for this person." in found
    assert "CNY" not in found


@pytest.mark.parametrize("typed", [
    {"day": "9999-12-31"}, {"day": "x"}, {"until": "09:00"}, {"fund_id": "99999999999999999999"}, {"mode": "asleep"},
    {"add_on-tip": "NaN"}, {"add_on-%00": "1"}, {"second_fund": "1", "fund_percent": "x"}, {"day": "1999-01-01"},
    {"user": "\0"}, {"fund_id": "1", "second_fund": "1"},
])  # fmt: skip
def test_nonsense_has_no_price_and_breaks_nothing(
    place: Place, student: FlaskClient, typed: dict[str, str]
) -> None:
    shown(student, place, **typed)


def test_what_has_no_price_says_so(place: Place, client: FlaskClient) -> None:
    other = place.world.person(place.world.institution())
    sign_in(client, other)
    assert "No price is set" in shown(client, place)
    place.id = place.world.instrument(place.world.lab(place.lab.institution)).id
    assert "No price is set for this instrument." in unescape(
        client.get(f"/instruments/{place.id}", headers=EN).get_data(as_text=True)
    )


def book(client: FlaskClient, place: Place, **typed: Any) -> Any:
    form = {**WHEN, "purpose": "research", "title": "Films", "key": "k", **typed}
    return client.post(f"/instruments/{place.id}/reservations", data=form, headers=EN)


def test_it_books_what_it_showed(place: Place, student: FlaskClient) -> None:
    answer = book(student, place, fund_id=place.fund.id, mode="self", **{"add_on-tip": "2"})
    assert answer.status_code == 303
    number = int(answer.location.rsplit("/", 1)[1])
    made = prices_of([number])[number]
    assert (str(made.total), made.mode) == ("CNY 130.00", "self")
    assert [each.fund_id for each in made.paid_from] == [place.fund.id]


def test_two_funds_share_it(place: Place, student: FlaskClient) -> None:
    second = place.grant("Second", 10_000)
    shares = {
        "fund_id": place.fund.id,
        "second_fund": second.id,
        "fund_percent": "60",
        "second_percent": "40",
    }
    found = shown(student, place, **shares)
    assert f"Second ({second.code}): CNY 52.00 left after this booking" in found
    answer = book(student, place, **shares)
    number = int(answer.location.rsplit("/", 1)[1])
    assert [str(each.share) for each in prices_of([number])[number].paid_from] == ["CNY 72.00", "CNY 48.00"]


@pytest.mark.parametrize(("typed", "words"), [
    ({"fund_id": "{first}", "second_fund": "{first}", "fund_percent": "50"}, "A fund is named twice."),
    ({"fund_id": "{first}", "second_fund": "{second}", "fund_percent": "70", "second_percent": "40"},
     "The percentages come to 110, not to 100."),
    ({"fund_id": "{first}", "second_fund": "{second}", "fund_percent": "1.234"}, "Write each percentage"),
    ({"fund_id": "{first}", "second_fund": "{second}"}, "Say how many percent each fund pays."),
    ({"second_fund": "{second}"}, "A second fund is chosen, and no first."),
    ({"mode": "asleep"}, "Choose how it is used"),
    ({"add_on-tip": "many"}, "Write each number in digits, such as 3."),
    ({"fund_id": "999999"}, "There is no such fund."),
    ({"fund_id": "{first}", "until": "16:00"}, "CNY 160.00 is missing."),
])  # fmt: skip
def test_a_refusal_keeps_what_was_typed_and_says_why_beside_the_field(
    place: Place, student: FlaskClient, typed: dict[str, str], words: str
) -> None:
    second = place.grant("Second", 10_000)
    numbers = {"first": place.fund.id, "second": second.id}
    form = {name: text.format(**numbers) for name, text in typed.items()}
    answer = book(student, place, **form)
    found = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert words in found
    start = found.index('<form class="card booking"')
    assert words in found[start:]
    assert 'value="Films"' in found[start:]
    for name in ("fund_percent", "second_percent"):
        assert name not in form or f'value="{form[name]}"' in found[start:]


def test_without_scripts_the_form_comes_back_filled_with_its_price(
    place: Place, student: FlaskClient
) -> None:
    typed = {
        **WHEN,
        "title": "Films",
        "fund_id": place.fund.id,
        "add_on-tip": "1",
        "key": "k",
        "csrf_token": "t",
    }
    answer = student.post(f"/instruments/{place.id}/price", data=typed)
    assert answer.status_code == 303
    assert "csrf" not in answer.location
    found = unescape(student.get(answer.location, headers=EN).get_data(as_text=True))
    for words in ("Book for CNY 125.00", 'value="Films"', "CNY 75.00 left after this booking"):
        assert words in found


def test_where_somebody_has_to_be_named_nobody_is_refused_beside_the_field(
    place: Place, student: FlaskClient
) -> None:
    place.world.rules(place.lab, payer_named="when_booked")
    answer = book(student, place, fund_id="")
    found = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "This costs CNY 120.00, and nobody is named who pays." in found[found.index('id="f-fund_id"') :]


def test_the_fund_that_is_usual_is_chosen_and_equal_names_are_told_apart(
    place: Place, student: FlaskClient
) -> None:
    twin = place.grant("Thin films", 50_000)
    place.fund.budget_units = 60_000
    db.session.commit()
    found = unescape(student.get(f"/instruments/{place.id}", query_string=WHEN, headers=EN).text)
    for fund, left in ((place.fund, "600.00"), (twin, "500.00")):
        assert f'<option value="{fund.id}">Thin films ({fund.code}), CNY {left} left</option>' in found
    # Nothing was paid yet, and there are two: nobody is chosen. Then the one that was paid from last.
    for fund in (twin, place.fund):
        later = WHEN | {"day": "2027-03-04" if fund is twin else "2027-03-05"}
        assert (
            student.post(
                f"/instruments/{place.id}/reservations", data=later | {"fund_id": fund.id}
            ).status_code
            == 303
        )
        found = student.get(f"/instruments/{place.id}", query_string=WHEN, headers=EN).text
        assert f'<option value="{fund.id}" selected>' in found
    # What was chosen stays, nobody too.
    found = student.get(f"/instruments/{place.id}", query_string=WHEN | {"fund_id": ""}, headers=EN).text
    assert " selected>Thin films" not in found
    place.fund.state, place.fund.blocked_why = "blocked", "Audit"
    db.session.commit()
    found = student.get(f"/instruments/{place.id}", query_string=WHEN, headers=EN).text
    assert f'<option value="{twin.id}" selected>' in found


@pytest.mark.parametrize(("share", "said"), [
    ({"fund_percent": "half"}, True), ({"second_percent": "1.234"}, True), ({"fund_percent": "50"}, False),
])  # fmt: skip
def test_a_share_that_cannot_be_read_is_said_while_it_is_typed_and_at_its_field(
    place: Place, student: FlaskClient, share: dict[str, str], said: bool
) -> None:
    second = place.grant("Second", 50_000)
    typed = {**WHEN, "fund_id": place.fund.id, "second_fund": second.id, **share}
    shown = unescape(student.get(f"/instruments/{place.id}/price", query_string=typed, headers=EN).text)
    assert ("Write each percentage as a number" in shown) is said
    if said:
        [field] = share
        page = unescape(
            book(student, place, **{name: typed[name] for name in ("fund_id", "second_fund", field)}).text
        )
        assert (
            f'id="f-{field}-reason"' in page
            and f'name="{field}" value="{share[field]}" aria-invalid="true"' in page
        )


def key_in(page: str) -> str:
    return page.partition('name="payer_key" value="')[2].partition('"')[0]


def test_a_fund_that_the_form_chose_gives_way_on_a_day_it_cannot_pay(
    place: Place, student: FlaskClient
) -> None:
    place.fund.valid_to = date(2027, 3, 10)
    db.session.commit()
    first = unescape(student.get(f"/instruments/{place.id}", query_string=WHEN, headers=EN).text)
    key, chosen = key_in(first), f'<option value="{place.fund.id}" selected>'
    assert chosen in first
    typed = {"fund_id": place.fund.id, "payer_key": key}
    assert 'name="payer_key"' not in shown(student, place, **typed)  # nothing else to choose: not drawn anew
    later = shown(student, place, **typed, day="2027-03-11")
    assert chosen not in later and "CNY 200.00 left" not in later and "Cannot pay this" in later
    assert "Why 1 fund cannot pay" in later and "ends on Wed 10 Mar" in later
    # Back on a day that it can pay, it is chosen again; what somebody left empty or chose stays.
    back = shown(student, place, fund_id="", payer_key=key_in(later))
    assert chosen in back
    assert key_in(shown(student, place, fund_id="", payer_key=key)) == ""
    other = place.grant("Coatings", 20_000)
    again = shown(student, place, **typed, day="2027-03-11")
    assert f'<option value="{other.id}" selected>' in again and "Book for CNY 120.00" in again
    # What a person chose themselves stays, with the reason.
    kept = shown(student, place, fund_id=place.fund.id, payer_key=key_in(again), day="2027-03-11")
    assert "ends on Wed 10 Mar" in kept and f'value="{other.id}" selected' not in kept


def test_funds_that_cannot_pay_are_counted_once_for_all_their_reasons(
    place: Place, student: FlaskClient
) -> None:
    for name in ("Old grant", "Older grant"):
        place.grant(name, 100, valid_to=date(2027, 3, 2))
    found = shown(student, place)
    assert "Why 2 funds cannot pay" in found
    assert found.partition("Why 2 funds cannot pay")[2].partition("</details>")[0].count("<li>") == 4


def test_only_a_button_that_says_the_price_is_drawn_anew(place: Place, student: FlaskClient) -> None:
    assert ".book-words" in shown(student, place) and ".book-words" not in shown(
        student, place, named_button=""
    )
    page = student.get(f"/instruments/{place.id}", query_string=WHEN).text
    assert 'name="named_button"' in page and 'class="book-words"' in page
    beyond = {**WHEN, "purpose": "research", "day": "2029-03-03", "key": "one", "fund_id": ""}
    refused = student.post(f"/instruments/{place.id}/reservations", data=beyond).text
    assert ('name="named_button"' in refused) == ('class="book-words"' in refused)
