"""Who is told of prices: the managers of the institution, and back to the lab; never who did it."""

from __future__ import annotations

from sqlalchemy import select

from instruments.database import db
from instruments.notices import tasks
from instruments.notices.models import Notice
from tests.rates.test_pages import Pages, newest, pages
from tests.rates.test_pages import form as sent

__all__ = ["pages"]


def told() -> list[tuple[int, str]]:
    db.session.expire_all()
    return [(row.person_id, row.kind) for row in db.session.scalars(select(Notice).order_by(Notice.id))]


def test_a_proposal_is_told_to_the_institution_and_its_answer_to_the_lab(pages: Pages) -> None:
    where = pages.post(f"/labs/{pages.lab.id}/price-list", since="2027-04-01", **{"from": "blank"}).location
    number = newest().id
    pages.post(where, **sent())
    pages.post(f"/price-versions/{number}/propose", version="2")
    tasks.follow()
    assert told() == [(pages.approver.id, "prices.proposed")]
    pages.as_(pages.approver).post(
        f"/price-versions/{number}/decline", version="3", reason="Too dear for partners"
    )
    tasks.follow()
    assert told()[1:] == [(pages.manager.id, "prices.decided")]
    page = pages.as_(pages.manager).get("/notices")
    assert "Too dear for partners" in page
