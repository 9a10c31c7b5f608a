"""Signing in and out: what is refused first, then the session that begins and ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.people import attempts, passwords
from instruments.people.models import Person, SignInAttempt
from tests.conftest import NOW
from tests.world import sign_in

PASSWORD = "quiet river stone"


@pytest.fixture
def lin(world, now):
    return world.person(
        world.institution("qinling.edu.cn"),
        mail="lin@qinling.edu.cn",
        password_hash=passwords.hashed(PASSWORD, "low"),
    )


def knock(client, mail="lin@qinling.edu.cn", password=PASSWORD, **more):
    return client.post("/sign-in", data={"mail": mail, "password": password} | more)


def reason_in(page) -> str:
    return re.search(r'class="field-reason">.*?<span>(.*?)</span>', page.text, re.DOTALL)[1]


def is_in(client) -> bool:
    return client.get("/profile").status_code == 200


# --- Refused


def test_wrong_mail_and_wrong_password_get_one_answer(client, lin) -> None:
    wrong_password = knock(client, password="something else")
    wrong_mail = knock(client, mail="nobody@qinling.edu.cn")
    assert wrong_password.status_code == wrong_mail.status_code == 422
    expected = "E-mail and password do not match. 4 more tries, then a pause of 15 minutes."
    assert reason_in(wrong_password) == reason_in(wrong_mail) == expected
    assert 'value="lin@qinling.edu.cn"' in wrong_password.text
    assert "something else" not in wrong_password.text
    assert not is_in(client)


def test_an_unknown_mail_is_judged_as_long_as_a_known_one(client, lin, monkeypatch) -> None:
    judged = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given: judged.append(given[0]) or matches(*given))
    knock(client, password="something else")
    knock(client, mail="nobody@qinling.edu.cn")
    assert len(judged) == 2
    assert judged[1] is None
    assert passwords._decoy("usual").startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_nobody_without_a_password_gets_in(client, world, now) -> None:
    world.person(mail="new@qinling.edu.cn")
    for password in ("", "None", "nobody has this password"):
        assert knock(client, "new@qinling.edu.cn", password).status_code == 422


def test_five_wrong_tries_make_a_pause_even_for_the_right_password(client, app, lin) -> None:
    said = [reason_in(knock(client, password="wrong")) for _ in range(5)]
    assert said[3] == "E-mail and password do not match. One more try, then a pause of 15 minutes."
    assert said[4] == "E-mail and password do not match. There is a pause of 15 minutes now."
    paused = knock(client)
    assert paused.status_code == 429
    assert paused.headers["Retry-After"] == "900"
    assert "15 min" in reason_in(paused)
    app.config["FROZEN_NOW"] = NOW + timedelta(minutes=14, seconds=59)
    assert knock(client).status_code == 429
    app.config["FROZEN_NOW"] = NOW + timedelta(minutes=15)
    assert knock(client).status_code == 302
    assert is_in(client)


def test_an_unknown_mail_is_paused_like_a_known_one(client, lin) -> None:
    answers = [knock(client, "nobody@qinling.edu.cn", "wrong").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_right_try_forgets_the_wrong_ones(client, lin) -> None:
    for _ in range(4):
        knock(client, password="wrong")
    assert knock(client).status_code == 302
    client.post("/sign-out")
    assert "4 more tries" in reason_in(knock(client, password="wrong"))


def test_one_address_cannot_try_many_mails(client, lin) -> None:
    answers = [
        knock(client, f"p{number}@qinling.edu.cn", "wrong").status_code
        for number in range(attempts.TRIES_FROM_ADDRESS + 1)
    ]
    assert answers[-2:] == [422, 429]


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(client, lin) -> None:
    for _ in range(6):
        client.post(
            "/sign-in",
            data={"mail": lin.mail, "password": "wrong"},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
    assert knock(client).status_code == 302


def test_many_addresses_cannot_guess_one_mail(client, lin) -> None:
    answers = [
        client.post(
            "/sign-in",
            data={"mail": lin.mail, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"203.0.113.{number}"},
        ).status_code
        for number in range(attempts.TRIES_FOR_MAIL + 1)
    ]
    assert answers[-2:] == [422, 429]


def test_tries_of_the_same_moment_are_refused_beyond_the_limit(app, now) -> None:
    for _ in range(attempts.TRIES + 1):
        db.session.add(SignInAttempt(mail="a@b.cn", address="::1", at=now, succeeded=False))
    db.session.flush()
    with pytest.raises(attempts.TooMany):
        attempts.refuse_in_pause("a@b.cn", "::1", now, spare=1)


@pytest.mark.parametrize(
    ("minutes_ago", "paused"),
    [
        ([0, 1, 2, 3], False),
        ([0, 1, 2, 3, 4], True),
        ([0, 5, 10, 12, 16], False),
        ([15, 15, 16, 17, 18], False),
    ],
)
def test_what_makes_a_pause(minutes_ago: list[int], paused: bool) -> None:
    failures = [NOW - timedelta(minutes=each) for each in minutes_ago]
    assert (attempts.pause_end(failures, 5, NOW) is not None) is paused


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mail_confirmed_at": None}, "not confirmed yet"),
        ({"deactivated_at": NOW}, "has ended"),
        ({"ends_on": NOW.date() - timedelta(1)}, "has ended"),
    ],
)
def test_who_may_not_come_in_is_told_why_after_the_right_password_only(client, lin, values, said) -> None:
    for name, value in values.items():
        setattr(lin, name, value)
    db.session.commit()
    assert "do not match" in reason_in(knock(client, password="wrong"))
    right = knock(client)
    assert right.status_code == 422
    assert said in reason_in(right)
    assert not is_in(client)


def test_a_form_without_its_key_is_refused(client, app, lin) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert knock(client).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "//[",
        "http://[",
        "/\\t/[",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_led_elsewhere(client, lin, elsewhere) -> None:
    answer = knock(client, next=elsewhere)
    assert answer.status_code == 302
    assert answer.location in ("/", "/home")


# --- Done


def test_the_door_leads_on(client, lin) -> None:
    assert client.get("/profile").location == "/sign-in?next=/profile"
    assert 'name="next" value="/profile"' in client.get("/sign-in?next=/profile").text
    assert knock(client, "LIN@Qinling.EDU.cn ", next="/profile").location == "/profile"
    assert is_in(client)
    assert client.get("/sign-in").location == "/home"


def test_nothing_of_the_session_before_goes_on(client, lin) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["left_here"] = "by somebody else"
    knock(client)
    with client.session_transaction() as session:
        assert "left_here" not in session
        assert session["_user_id"].startswith(f"{lin.id}.")
        assert "_fresh" in session


def test_stay_signed_in_is_a_choice(client, lin) -> None:
    knock(client)
    assert client.get_cookie("stay_signed_in") is None
    client.post("/sign-out")
    knock(client, stay="1")
    left = client.get_cookie("stay_signed_in").expires - datetime.now(UTC)
    assert timedelta(days=29) < left < timedelta(days=31)
    client.delete_cookie("session")
    assert is_in(client)
    client.post("/sign-out")
    assert client.get_cookie("stay_signed_in") is None
    assert not is_in(client)


def test_signing_out_takes_a_post(client, lin) -> None:
    sign_in(client, lin)
    assert client.get("/sign-out").status_code == 405
    assert is_in(client)
    client.post("/sign-out")
    assert not is_in(client)


def test_signing_out_everywhere_ends_every_session(app, client, lin) -> None:
    other = app.test_client()
    knock(other, stay="1")
    knock(client)
    client.post("/profile/sign-out-everywhere")
    assert not is_in(client)
    assert not is_in(other)
    other.delete_cookie("session")
    assert not is_in(other)


def test_a_password_is_kept_anew_when_the_parameters_change(client, app, lin) -> None:
    before = lin.password_hash
    app.config["PASSWORD_COST"] = "usual"
    knock(client)
    db.session.expire_all()
    after = db.session.scalar(select(Person.password_hash).where(Person.id == lin.id))
    assert after != before
    assert "m=65536,t=3" in after
    assert is_in(client)


def test_a_session_of_somebody_whose_account_ended_is_over(client, lin, now) -> None:
    knock(client)
    lin.ends_on = now.date() - timedelta(1)
    db.session.commit()
    assert not is_in(client)


def test_the_tries_are_rows(client, lin) -> None:
    knock(client, password="wrong")
    knock(client)
    kept = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.succeeded)
    assert db.session.scalar(kept) == 1


def test_pages_speak_the_persons_language(client, lin) -> None:
    lin.language = "zh_Hans_CN"
    db.session.commit()
    knock(client)
    assert '<html lang="zh-Hans"' in client.get("/institutions").text
    assert '<html lang="zh-Hans"' in client.get("/profile").text


def test_a_page_opened_in_a_language_is_followed_by_others_for_who_has_none(client, lin) -> None:
    client.get("/api/v1/instruments?lang=zh")
    client.get("/no-such-page?lang=zh")
    assert '<html lang="en"' in client.get("/institutions").text
    opened = client.get("/?lang=zh")
    assert "Expires" not in opened.headers["Set-Cookie"] and opened.headers["Cache-Control"] == "no-store"
    assert '<html lang="zh-Hans"' in client.get("/institutions").text
    assert "Set-Cookie" not in client.get("/?lang=zh").headers
    assert '<html lang="en"' in client.get("/?lang=en").text
    assert '<html lang="en"' in client.get("/institutions").text
    # Once chosen by the switch, an address holds for its page alone.
    client.get("/language/zh_Hans_CN?next=/")
    assert '<html lang="en"' in client.get("/?lang=en").text
    assert '<html lang="zh-Hans"' in client.get("/institutions").text


def test_a_link_in_another_language_changes_nobodys_own(client, lin) -> None:
    knock(client)
    assert '<html lang="zh-Hans"' in client.get("/institutions?lang=zh").text
    assert '<html lang="en"' in client.get("/institutions").text
