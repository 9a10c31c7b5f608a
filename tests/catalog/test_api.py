"""The catalogue for programs: what strangers do not get, filters, cursors, ETags."""

from __future__ import annotations

from tests.world import bearer


def test_refusals(client, app) -> None:
    assert client.get("/api/v1/instruments/987654").status_code == 404
    assert client.get("/api/v1/instruments?limit=0").status_code == 422
    assert client.get("/api/v1/instruments?cursor=nonsense").status_code == 422
    assert client.get("/api/v1/instruments?mode=by-hand").status_code == 422


def test_phone_and_mail_only_with_a_token(client, world) -> None:
    thing = world.instrument(contact_phone="029-1", contact_mail="a@example.org", contact_name="Chen")
    address = f"/api/v1/instruments/{thing.id}"
    stranger = client.get(address)
    assert "contact_phone" not in stranger.json and stranger.json["contact_name"] == "Chen"
    known = client.get(address, headers=bearer(world.token(world.person())))
    assert known.json["contact_phone"] == "029-1"
    assert known.headers["ETag"] != stranger.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": stranger.headers["ETag"]}).status_code == 304


def test_pages_by_cursor_and_filters(client, world, statements) -> None:
    lab = world.lab()
    ids = [world.instrument(lab, search_text="balance", class_code="010101").id for _ in range(5)]
    world.instrument(search_text="balance", guided=True, status="down")
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(
            f"/api/v1/instruments?q=balance&institution={lab.institution_id}&limit=2&cursor={cursor}"
        ).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == ids
    assert len(client.get("/api/v1/instruments?class=010100").json["items"]) == 5
    assert len(client.get("/api/v1/instruments?mode=guided&status=down").json["items"]) == 1
    statements.clear()
    client.get("/api/v1/instruments?limit=1")
    few = len(statements)
    statements.clear()
    client.get("/api/v1/instruments?limit=50")
    assert len(statements) == few
