"""What is too large to be read: a sentence, and the way back to the form that it came from."""

from __future__ import annotations

import io

import pytest

from tests.world import sign_in

SITE = "http://localhost"


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("/instruments/{number}/faults?day=2027-03-02", "/instruments/{number}/faults?day=2027-03-02"),
        (None, "/instruments/{number}/faults"),
        ("https://elsewhere.example/trap", "/instruments/{number}/faults"),
        ("/nowhere", "/instruments/{number}/faults"),
    ],
)
def test_a_form_that_is_too_large_names_the_limit_and_the_way_back(
    client, world, app, came_from, back
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    instrument = world.instrument()
    sign_in(client, world.person())
    answer = client.post(
        f"/instruments/{instrument.id}/faults",
        data={"words": "x", "photo": (io.BytesIO(b"x" * 1_100_000), "a.png")},
        headers={"Referer": came_from if "//" in came_from else SITE + came_from.format(number=instrument.id)}
        if came_from
        else {},
    )
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
    assert answer.status_code == 413
    assert "a form takes 1 MB in all" in answer.text
    assert f'href="{back.format(number=instrument.id)}"' in answer.text
    assert "Back to the form" in answer.text
