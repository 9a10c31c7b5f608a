"""Whom a rule of approval makes ask, until when the lab answers, and what may be approved together."""

from __future__ import annotations

import pytest

from instruments.reservations.approval_rules import (
    ApprovalRule,
    Request,
    has_to_ask,
    may_be_approved_together,
    objections,
)

HOUR = 3600
OUTSIDE = ApprovalRule(1, frozenset({"partners", "companies"}))
LONG = ApprovalRule(1, frozenset({"lab", "partners"}), above_minutes=240)


@pytest.mark.parametrize(
    ("rule", "circle", "hours", "asks"),
    [
        (None, "companies", 24, False),
        (OUTSIDE, "lab", 24, False),
        (OUTSIDE, "institution", 1, False),
        (OUTSIDE, "partners", 1, True),
        (OUTSIDE, "companies", 1, True),
        (LONG, "partners", 4, False),
        (LONG, "partners", 4.25, True),
        (LONG, "lab", 5, True),
        (LONG, "companies", 5, False),
        (ApprovalRule(1, frozenset()), "companies", 24, False),
    ],
)
def test_who_has_to_ask(rule: ApprovalRule | None, circle: str, hours: float, asks: bool) -> None:
    assert has_to_ask(rule, circle, (0, round(hours * HOUR))) is asks


@pytest.mark.parametrize(
    ("wish", "asks"),
    [((10, 20), False), ((12, 18), False), ((10, 21), True), ((9, 20), True), ((30, 40), True)],
)
def test_what_only_gets_shorter_is_not_asked_for_again(wish: tuple[int, int], asks: bool) -> None:
    assert has_to_ask(OUTSIDE, "partners", wish, (10, 20)) is asks


def test_the_lab_answers_by_its_deadline_and_at_the_latest_at_the_start() -> None:
    assert OUTSIDE.due(0, 100 * HOUR) == 24 * HOUR
    assert OUTSIDE.due(0, 5 * HOUR) == 5 * HOUR


OWN = Request(1, "institution", True)


@pytest.mark.parametrize(
    ("requests", "together"),
    [
        ([], False),
        ([OWN, Request(1, "partners", True)], False),
        ([OWN, Request(1, "companies", True)], False),
        ([OWN, Request(2, "institution", True)], False),
        ([OWN, Request(1, "institution", False)], False),
        ([Request(None, "lab", True)] * 2, False),
        ([OWN, Request(1, "lab", True)], True),
    ],
)
def test_only_the_own_institution_is_approved_together(requests: list[Request], together: bool) -> None:
    assert may_be_approved_together(requests) is together


@pytest.mark.parametrize(
    ("circles", "above", "hours", "fields"),
    [
        ({"friends"}, None, 24, ["circles"]),
        ({"lab"}, 44_641, 0, ["above_minutes", "deadline_hours"]),
        ({"lab"}, None, None, ["deadline_hours"]),
        ({"lab"}, None, 337, ["deadline_hours"]),
        (set(), 0, 1, []),
        ({"lab", "companies"}, 44_640, 336, []),
    ],
)
def test_rules_that_cannot_stand(
    circles: set[str], above: int | None, hours: int | None, fields: list[str]
) -> None:
    assert [reason.field for reason in objections(circles, above, hours)] == fields
