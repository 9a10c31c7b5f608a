"""Bodies with files: who asks is settled before a byte is read, every reason is told at once, and nothing is left behind."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from instruments.availability.models import FaultReport
from instruments.database import db
from instruments.web.multipart import FORM
from tests.world import bearer

MEGABYTE = 1024 * 1024
WORDS = "The stage is stuck"
LINES = b"\r\n" * 450_000


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "PNG")
    return file.getvalue()


def parts(*fields: tuple[str, str | bytes] | tuple[str, bytes, str], boundary: str = "b1") -> dict[str, Any]:
    """A body put together by hand: (name, text), or (name, bytes, file name)."""
    body = b""
    for name, value, *file in fields:
        called = f'; filename="{file[0]}"' if file else ""
        said = value if isinstance(value, bytes) else value.encode()
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'.encode()
        body += said + b"\r\n"
    return {"data": body + f"--{boundary}--\r\n".encode(), "content_type": f"{FORM}; boundary={boundary}"}


@pytest.fixture
def address(world) -> str:
    return f"/api/v1/instruments/{world.instrument().id}/faults"


@pytest.fixture
def mine(world) -> dict[str, str]:
    return bearer(world.token(world.person()))


@pytest.fixture
def kept(app) -> Path:
    folder = Path(app.config["FILES_DIR"]) / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    return folder


def told(answer) -> list[tuple[str, str | None]]:
    return sorted((reason["code"], reason["field"]) for reason in answer.json["reasons"])


def test_who_asks_is_settled_before_the_body_is_read(client, world, address) -> None:
    reader = bearer(world.token(world.person(), "reservations:read"))
    for body in (parts(("words", "")), {"data": b"x" * 3 * MEGABYTE, "content_type": FORM}):
        assert client.post(address, **body).status_code == 401
        assert client.post(address, headers=reader, **body).status_code == 403
    writer = bearer(world.token(world.person()))
    nowhere = client.post("/api/v1/instruments/999999/faults", headers=writer, data=b"", content_type=FORM)
    assert nowhere.status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "reasons"),
    [
        ({"data": b"words=x", "content_type": "application/x-www-form-urlencoded"}, 415, [("not_taken", "Content-Type")]),
        ({"data": b"words", "content_type": ""}, 415, [("not_taken", "Content-Type")]),
        ({"data": b"--b\r\nwords", "content_type": FORM}, 400, [("unreadable", None)]),
        ({"data": b"--b\r\nwords", "content_type": f"{FORM}; boundary=b"}, 400, [("unreadable", None)]),
        ({"data": b"", "content_type": f"{FORM}; boundary=b"}, 422, [("missing", "words")]),
        ({"data": b"x", "content_type": f"{FORM}; boundary=\xe9"}, 400, [("unreadable", None)]),
        (parts(("words", "x" * 70_000)), 413, [("too_large", None)]),
        (parts(*[("words", "x")] * 501), 413, [("too_large", None)]),
        (parts(("words", WORDS), ("photo", b"x" * 11 * MEGABYTE, "a.png")), 413, [("too_large", None)]),
        (parts(("words", WORDS), ("photo", b"x" * (10 * MEGABYTE + 1), "a.png")), 413, [("too_large", "photo")]),
        (parts(("words", WORDS), ("photo", LINES, "a.png")), 422, [("not_a_photo", "photo")]),
        (parts(("words", "x" * 600_000)), 413, [("too_large", None)]),
        (parts(("photo", picture(), "a.png")), 422, [("missing", "words")]),
        (parts(("words", " "), ("photo", b"GIF89a", "a.png")), 422, [("missing", "words"), ("not_a_photo", "photo")]),
        (
            parts(("words", "x" * 1001), ("photo", b"<svg/>", "a.png"), ("wrods", "x"), ("film", b"x", "a.mp4")),
            422,
            [("invalid", "words"), ("not_a_photo", "photo"), ("unknown_field", "film"), ("unknown_field", "wrods")],
        ),
        (parts(("words", WORDS), ("words", "Another")), 422, [("given_twice", "words")]),
        (parts(("words", "a\0b")), 422, [("unreadable", "words")]),
        (parts(("words", WORDS), ("photo", "no file")), 422, [("invalid", "photo")]),
        (parts(("words", WORDS.encode(), "words.txt")), 422, [("invalid", "words")]),
        (
            parts(("words", WORDS), ("photo", b"x", "a.png"), ("photo", b"y", "b.png")),
            422,
            [("given_twice", "photo")],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_not_kept(
    client, address, mine, kept, body, status, reasons
) -> None:
    answer = client.post(address, headers=mine, **body)
    assert (answer.status_code, told(answer)) == (status, reasons)
    assert list(kept.iterdir()) == []
    assert db.session.scalars(select(FaultReport)).all() == []


def test_a_lab_that_has_many_reports_gets_no_photos_either(client, world, address, mine, kept) -> None:
    for _ in range(20):
        assert client.post(address, json={"words": WORDS}, headers=mine).status_code == 201
    answer = client.post(address, headers=mine, **parts(("words", WORDS), ("photo", picture(), "a.png")))
    assert (answer.status_code, told(answer)) == (422, [("fault_many", None)])
    assert list(kept.iterdir()) == []


def test_a_photo_is_written_anew_and_seen_by_the_lab_and_who_took_it(
    client, world, address, mine, kept
) -> None:
    made = client.post(address, headers=mine, **parts(("words", WORDS), ("photo", picture(), "a.png")))
    assert (made.status_code, made.json["words"], made.json["has_photo"]) == (201, WORDS, True)
    assert len(list(kept.iterdir())) == 1
    photo = f"{made.headers['Location']}/photo"
    assert client.get(photo, headers=bearer(world.token(world.person()))).status_code == 403
    answer = client.get(photo, headers=mine)
    assert (answer.mimetype, answer.data[:2]) == ("image/jpeg", b"\xff\xd8")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    bare = client.post(address, headers=mine, **parts(("words", WORDS), ("photo", b"", "")))
    assert (bare.status_code, bare.json["has_photo"]) == (201, False)
    assert client.get(f"{bare.headers['Location']}/photo", headers=mine).status_code == 404


def test_sent_again_put_together_anew_it_is_done_once(client, address, mine, kept) -> None:
    held = mine | {"Idempotency-Key": "k1"}
    fields = (("words", WORDS), ("photo", picture(), "a.png"))
    first = client.post(address, headers=held, **parts(*fields))
    again = client.post(address, headers=held, **parts(*fields, boundary="another"))
    assert (again.status_code, again.data) == (201, first.data)
    for other in (
        parts(("words", "Else"), fields[1]),
        parts(fields[0]),
        parts(fields[0], ("photo", picture(), "b.png")),
    ):
        refused = client.post(address, headers=held, **other)
        assert (refused.status_code, told(refused)) == (422, [("key_reused", "Idempotency-Key")])
    assert len(list(kept.iterdir())) == 1


def test_the_document_says_what_may_be_sent(client) -> None:
    document = client.get("/api/v1/openapi.json").json
    content = document["paths"]["/api/v1/instruments/{instrument_id}/faults"]["post"]["requestBody"][
        "content"
    ]
    assert set(content) == {"application/json", FORM}
    schema = content[FORM]["schema"]
    assert set(schema["properties"]) == {"words", "photo"} and schema["required"] == ["words"]
    assert schema["properties"]["photo"]["format"] == "binary"
    assert content[FORM]["encoding"] == {"photo": {"contentType": "image/jpeg, image/png, image/webp"}}
