"""Queries of the catalogue and of free time: what does not fit is named, what is empty says nothing."""

from __future__ import annotations

import pytest

FREE, CATALOGUE = "/api/v1/free", "/api/v1/instruments"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"{FREE}?institution={'9' * 30}", "institution"),
        (f"{FREE}?class=٠١", "class"),
        (f"{FREE}?class=0101011", "class"),
        (f"{FREE}?q=a%00b", "q"),
        (f"{FREE}?hours=inf", "hours"),
        (f"{FREE}?limit=101", "limit"),
        (f"{FREE}?from=2027-03-02T08:00:00Z&from=2027-03-03T08:00:00Z", "from"),
        (f"{FREE}?cursor=x", "cursor"),
        (f"{CATALOGUE}?institution={'9' * 30}", "institution"),
        (f"{CATALOGUE}?institution=-1", "institution"),
        (f"{CATALOGUE}?class=1", "class"),
        (f"{CATALOGUE}?q=%00", "q"),
        (f"{CATALOGUE}?technique={'x' * 121}", "technique"),
        (f"{CATALOGUE}?status=broken", "status"),
        (f"{CATALOGUE}?institutoin=1", "institutoin"),
        (f"{CATALOGUE}?cursor=WzFd.", "cursor"),
    ],
)
def test_what_does_not_fit_is_named(client, world, now, address, field) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert [reason["field"] for reason in answer.json["reasons"]] == [field]


def test_an_empty_parameter_says_nothing(client, world, now) -> None:
    world.instrument()
    for address in (
        f"{FREE}?from=&to=&hours=&q=&class=&institution=&limit=",
        f"{CATALOGUE}?q=&institution=&class=&technique=&mode=&status=&cursor=&limit=&lang=zh",
    ):
        assert len(client.get(address).json["items"]) == 1


def test_a_class_is_named_by_two_four_or_six_digits_alike(client, world, now) -> None:
    world.instrument(class_code="010101")
    world.instrument(class_code="020101")
    for code, count in (("01", 1), ("0101", 1), ("010101", 1), ("010000", 1), ("0102", 0), ("99", 0)):
        for address in (FREE, CATALOGUE):
            assert len(client.get(f"{address}?class={code}").json["items"]) == count, (address, code)


def test_the_catalogue_holds_still_between_pages(client, world, now) -> None:
    ids = [world.instrument().id for _ in range(3)]
    page = client.get(f"{CATALOGUE}?limit=2").json
    later = world.instrument().id
    rest = client.get(f"{CATALOGUE}?limit=2&cursor={page['next']}").json
    assert [item["id"] for item in page["items"] + rest["items"]] == [*ids, later]
    assert rest["next"] is None
