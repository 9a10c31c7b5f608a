"""What is kept only for a while: tries to sign in and mailed links go after a month, by the clock or by command."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.people import links, tasks
from instruments.people.models import MailedLink, SignInAttempt
from tests.conftest import NOW

MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(now):
    """A try and a link each, just young enough to stay and just old enough to go."""
    for mail, age in (("young@example.org", MONTH), ("old@example.org", MONTH + MINUTE)):
        db.session.add(SignInAttempt(mail=mail, address="10.0.0.1", at=NOW - age, succeeded=False))
        links.make("reset", mail, NOW - age - links.LIFETIMES["reset"])
    db.session.commit()

    def left() -> list[list[str]]:
        db.session.expire_all()
        return [list(db.session.scalars(select(table.mail))) for table in (SignInAttempt, MailedLink)]

    return left


def test_the_clock_forgets_what_is_older_than_a_month_and_nothing_more(kept) -> None:
    for _ in range(2):
        tasks.forget()
        assert kept() == [["young@example.org"], ["young@example.org"]]


def test_the_command_says_how_many_went(runner, kept) -> None:
    assert runner.invoke(args=["people", "sweep"]).output == "1 old tries and 1 old links forgotten\n"
    assert runner.invoke(args=["people", "sweep"]).output == "0 old tries and 0 old links forgotten\n"


def test_the_worker_does_it(app) -> None:
    asked = app.extensions["jobs"]._registry.periodic_tasks
    assert any(task.name == "sweep.instruments.people.tasks.forget" for task in asked)
