"""The pages of the catalogue: the list, the form, the photo, retiring; first what they refuse."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from instruments.catalog import tasks
from instruments.catalog.columns import RECORD_COLUMNS, Column
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import sign_in


@pytest.fixture
def lab(world):
    return world.lab(world.institution(name_en="Qinling University", name_zh="秦岭大学"), name_zh="天平室")


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return person


@pytest.fixture
def signed_in(client, manager):
    return sign_in(client, manager)


FORM = {
    "name_zh": "电子天平", "name_en": "Balance", "asset_number": "B1", "class_code": "010101 透射电镜", "capacity": "2",
    "status": "in_service", "audience": "companies", "mode": ["self_operated", "remote"], "techniques": "Weighing|称量\n热重",
    "specification_name": ["Readability", "", "Range"], "specification_value": ["0.1", "", "220; max"],
    "specification_unit": ["mg", "", "g"], "original_value": "12,000.50", "original_currency": "CNY",
    "book_currency": "CNY", "country": "德国", "hours_run": "1850",
}  # fmt: skip


class Fields(HTMLParser):
    """What a browser would send of the form with this action if nothing were touched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.sent, self.inside = action, MultiDict(), False
        self.name, self.text, self.in_text = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("action") == self.action
        if not self.inside:
            return
        is_box = given.get("type") in ("checkbox", "radio")
        if tag in ("select", "textarea"):
            self.name, self.text, self.in_text = given.get("name") or "", "", tag == "textarea"
        elif tag == "input" and given.get("name") and (not is_box or "checked" in given):
            self.sent.add(given["name"], given.get("value") or "")
        elif tag == "option" and "selected" in given:
            self.sent.add(self.name, given.get("value") or "")

    def handle_data(self, data: str) -> None:
        self.text += data if self.in_text else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea" and self.inside:
            self.sent.add(self.name, self.text)
            self.in_text = False


def filled(page: str, action: str) -> MultiDict:
    parser = Fields(action)
    parser.feed(page)
    return parser.sent


def texts(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


# --- Refusals


@pytest.mark.parametrize("address", ["/catalog", "/instruments/new", "/catalog/imports/new"])
def test_a_member_without_a_role_is_refused(client, world, lab, address) -> None:
    assert sign_in(client, world.person(lab.institution)).get(address).status_code == 403


def test_a_manager_of_another_lab_may_not_edit(client, world, lab) -> None:
    thing = world.instrument(lab)
    other = world.lab(lab.institution)
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, other)
    sign_in(client, person)
    assert client.get(f"/instruments/{thing.id}/edit").status_code == 403
    assert client.post(f"/instruments/{thing.id}/edit", data=FORM).status_code == 403
    assert client.post(f"/instruments/{thing.id}/retire", data={"retire_on": "2027-01-01"}).status_code == 403
    assert client.post(f"/instruments/{thing.id}/photo", data={"remove": "1"}).status_code == 403
    assert client.post("/instruments/new", data=FORM | {"lab": lab.id}).status_code == 403


def test_every_wrong_field_is_said_and_what_was_typed_stays(signed_in, lab) -> None:
    wrong = FORM | {
        "name_zh": "",
        "name_en": "",
        "original_value": "many",
        "class_code": "nonsense",
        "capacity": "0",
    }
    response = signed_in.post("/instruments/new", data=wrong | {"lab": lab.id})
    assert response.status_code == 422
    page = texts(response)
    for said in ("Not a number.", "No such class.", "Not a whole number from 1 to 1,000."):
        assert said in page
    assert re.search(r'href="#f-capacity">Capacity: ?Not a whole number', page)
    assert 'value="many"' in page and 'value="nonsense"' in page and 'value="220; max"' in page
    assert db.session.scalars(select(Instrument)).all() == []


def cell(column: Column) -> str:
    """Something that a file may hold in this column of the national form."""
    if column.choices:
        return column.choices[0].zh
    return {
        "date": "2020-03-04",
        "hours": "1850",
        "digits": "1" * column.most,
        "postal": "DE-14473",
        "subjects": "物理学; 化学",
    }.get(column.kind, f"{column.zh}：如文")


def test_a_form_that_is_sent_as_it_came_changes_nothing(signed_in, world, lab) -> None:
    kept = {column.key: cell(column) for column in RECORD_COLUMNS}
    number = world.instrument(lab, national_record=kept, class_code="010101", specifications=[]).id
    page = signed_in.get(f"/instruments/{number}/edit").get_data(as_text=True)
    response = signed_in.post(f"/instruments/{number}/edit", data=filled(page, f"/instruments/{number}/edit"))
    assert response.status_code == 303, texts(response)
    db.session.expire_all()
    thing = db.session.get(Instrument, number)
    assert thing.national_record == kept
    assert thing.version == 1


def test_a_number_twice_is_refused_at_its_field(signed_in, world, lab) -> None:
    world.instrument(lab, asset_number="B1", name_en="First balance", name_zh="")
    response = signed_in.post("/instruments/new", data=FORM | {"lab": lab.id})
    assert response.status_code == 422
    assert "First balance has this number already." in texts(response)


def test_a_stale_form_changes_nothing(signed_in, world, lab) -> None:
    thing = world.instrument(lab, version=4)
    response = signed_in.post(f"/instruments/{thing.id}/edit", data=FORM | {"version": 3})
    assert response.status_code == 412
    assert "Somebody changed this instrument since you opened the form." in texts(response)
    db.session.refresh(thing)
    assert thing.asset_number == "" and thing.version == 4


def test_a_capacity_below_what_is_reserved(signed_in, world, lab, now, manager) -> None:
    thing = world.instrument(lab, capacity=2)
    for _ in range(2):
        world.reservation(thing, manager, now + timedelta(days=3650))
    response = signed_in.post(f"/instruments/{thing.id}/edit", data=FORM | {"version": 1, "capacity": "1"})
    assert response.status_code == 422
    assert "More coming reservations overlap than 1." in texts(response)


@pytest.mark.parametrize(
    ("reserved", "capacity", "message", "chinese"),
    [
        (0, 2, "More than 2 of its places are closed at some time to come.", "届时停开的名额将超过 2 个。"),
        (
            4,
            6,
            "Its closed places and the reservations beside them are more than 6 at some time to come.",
            "届时停开的名额与已有预约合计将超过 6 个。",
        ),
    ],
)
def test_a_capacity_below_what_is_closed(
    signed_in, world, lab, now, manager, reserved, capacity, message, chinese
) -> None:
    thing = world.instrument(lab, capacity=8)
    start = now + timedelta(days=3650)
    world.closure(thing, start, start + timedelta(hours=4), units=3)
    for _ in range(reserved):
        world.reservation(thing, manager, start)
    form = FORM | {"version": 1, "capacity": str(capacity)}
    response = signed_in.post(f"/instruments/{thing.id}/edit", data=form)
    assert response.status_code == 422
    assert message in texts(response) and 'href="#f-capacity"' in response.text
    assert chinese in texts(signed_in.post(f"/instruments/{thing.id}/edit?lang=zh", data=form))
    kept = signed_in.post(f"/instruments/{thing.id}/edit?lang=en", data=form | {"capacity": "7"})
    assert kept.status_code == 303


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is no photo that can be read."),
        (b"", "Choose a photo."),
        (picture()[:60], "This is no photo that can be read."),
        (picture("GIF"), "This is no photo that can be read."),
        (b"\xff\xd8" + b"x" * 10_500_000, "The photo is larger than 10 MB."),
        (picture(size=(9000, 9000)), "This is no photo that can be read."),
    ],
)
def test_what_is_no_photo_is_refused(signed_in, world, lab, body, said) -> None:
    thing = world.instrument(lab)
    name = "a.png" if body else ""
    response = signed_in.post(f"/instruments/{thing.id}/photo", data={"photo": (io.BytesIO(body), name)})
    response.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
    assert response.status_code == 422
    assert said in texts(response).split('id="f-photo-reason"')[1][:400]
    db.session.refresh(thing)
    assert thing.photo == ""


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("", "Not a date."),
        ("2027-13-01", "There is no month 13."),
        ("2019-12-31", "Retired before it came into service."),
    ],
)
def test_a_day_it_cannot_be_retired_on(signed_in, world, lab, day, said) -> None:
    thing = world.instrument(lab, commissioned_on=date(2020, 1, 1))
    sent = {"version": 1, "retire_on": day, "retire_note": "worn out"}
    response = signed_in.post(f"/instruments/{thing.id}/retire", data=sent)
    page = texts(response)
    assert response.status_code == 422
    assert said in page.split('id="f-retire_on-reason"')[1][:400]
    assert f'value="{day}"' in page or not day
    assert 'value="worn out"' in page
    db.session.refresh(thing)
    assert thing.status == "in_service"


# --- What works


def test_add_then_change(signed_in, lab, manager) -> None:
    response = signed_in.post("/instruments/new", data=FORM | {"lab": lab.id})
    made = db.session.scalars(select(Instrument)).one()
    assert response.headers["Location"] == f"/instruments/{made.id}/edit"
    assert (made.original_value, made.capacity, made.remote, made.class_code) == (
        made.original_value,
        2,
        True,
        "010101",
    )
    assert str(made.original_value) == "12000.5"
    assert made.specifications[1] == {"name": "Range", "value": "220; max", "unit": "g"}
    assert {each.name_zh for each in made.techniques} == {"称量", "热重"}
    assert made.national_record == {"country": "德国", "hours_run": "1850"}

    page = texts(signed_in.get(f"/instruments/{made.id}/edit"))
    assert 'value="220; max"' in page and "Weighing|称量" in page

    changed = FORM | {
        "version": made.version,
        "techniques": "称量",
        "country": "",
        "maker": "Sartorius",
        "lab": lab.id,
    }
    assert (
        signed_in.post(f"/instruments/{made.id}/edit", data=changed).headers["Location"]
        == f"/instruments/{made.id}"
    )
    db.session.refresh(made)
    assert ([each.name_zh for each in made.techniques], made.national_record) == (
        ["称量"],
        {"hours_run": "1850"},
    )
    assert "sartorius" in made.search_text
    entry = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert (entry.deed, entry.actor_id, entry.lab_id) == ("instrument.changed", manager.id, lab.id)
    assert entry.detail["changes"]["maker"] == ["", "Sartorius"]
    assert set(entry.detail["changes"]) == {"maker", "techniques", "country"}

    again = changed | {"version": made.version}
    assert "Nothing was different" in texts(
        signed_in.post(f"/instruments/{made.id}/edit", data=again, follow_redirects=True)
    )
    db.session.refresh(made)
    assert made.version == 2


def test_retire_and_take_back(signed_in, world, lab, now) -> None:
    thing = world.instrument(lab)
    signed_in.post(
        f"/instruments/{thing.id}/retire",
        data={"version": 1, "retire_on": "2027-02-01", "retire_note": "worn out"},
    )
    db.session.refresh(thing)
    assert (thing.status, str(thing.retired_on), thing.status_note) == ("retired", "2027-02-01", "worn out")
    assert "Take it back into service" in texts(signed_in.get(f"/instruments/{thing.id}/edit"))
    signed_in.post(f"/instruments/{thing.id}/retire", data={"version": 2, "back": "1"})
    db.session.refresh(thing)
    assert (thing.status, thing.retired_on) == ("in_service", None)
    deeds = db.session.scalars(
        select(JournalEntry.deed).where(JournalEntry.thing_kind == "instrument").order_by(JournalEntry.id)
    ).all()
    assert deeds == ["instrument.retired", "instrument.taken_back"]


def test_a_last_day_to_come_is_noted_and_kept_by_the_clock(signed_in, world, lab, app, now) -> None:
    """It is booked as before until that day is over on the lab's wall; then the sweep retires it, once."""
    thing = world.instrument(lab)
    day = {"version": 1, "retire_on": "2027-03-31", "retire_note": "worn out"}
    said = texts(signed_in.post(f"/instruments/{thing.id}/retire", data=day, follow_redirects=True))
    assert "last day in service is Wed 31 Mar" in said
    db.session.refresh(thing)
    assert (thing.status, thing.retired_on) == ("in_service", date(2027, 3, 31))
    assert "Keep it in service" in texts(signed_in.get(f"/instruments/{thing.id}/edit"))
    for moment, status in (
        (datetime(2027, 3, 31, 15, 59, tzinfo=UTC), "in_service"),
        (datetime(2027, 3, 31, 16, 1, tzinfo=UTC), "retired"),
        (datetime(2027, 4, 2, tzinfo=UTC), "retired"),
    ):
        app.config["FROZEN_NOW"] = moment
        tasks.retire()
        db.session.refresh(thing)
        assert thing.status == status
    deeds = db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)).all()
    assert deeds == ["instrument.retirement_planned", "instrument.retired"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photo_is_shown_to_everybody(signed_in, app, world, lab, kind) -> None:
    thing = world.instrument(lab)
    signed_in.post(f"/instruments/{thing.id}/photo", data={"photo": (io.BytesIO(picture(kind)), "a")})
    response = app.test_client().get(f"/instruments/{thing.id}/photo")
    assert (response.status_code, response.mimetype) == (200, "image/jpeg")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(response.data)).format == "JPEG"
    signed_in.post(f"/instruments/{thing.id}/photo", data={"remove": "1"})
    assert app.test_client().get(f"/instruments/{thing.id}/photo").status_code == 404


def test_a_photo_as_phones_take_them_is_kept_upright_and_small(signed_in, app, world, lab) -> None:
    thing, file = world.instrument(lab), io.BytesIO()
    lying = Image.Exif()
    lying[0x0112] = 6  # Orientation: turned by a quarter
    Image.effect_noise((8160, 6120), 32).save(file, "JPEG", quality=25, exif=lying)
    assert 4_000_000 < file.tell() < 10_000_000
    file.seek(0)
    answer = signed_in.post(f"/instruments/{thing.id}/photo", data={"photo": (file, "IMG_0001.jpg")})
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
    kept = app.test_client().get(f"/instruments/{thing.id}/photo").data
    assert Image.open(io.BytesIO(kept)).size == (1200, 1600) and not Image.open(io.BytesIO(kept)).getexif()


def test_the_list_is_narrowed(signed_in, world, lab) -> None:
    mine = world.instrument(lab, name_en="Balance A", search_text="balance a")
    world.instrument(lab, name_en="Balance B", status="retired", search_text="balance b")
    world.instrument(name_en="Somebody else's", search_text="balance c")
    everything = texts(signed_in.get("/catalog"))
    assert "Balance A" in everything and "Balance B" in everything and "Somebody" not in everything
    narrowed = texts(signed_in.get("/catalog?q=balance&status=in_service"))
    assert f"/instruments/{mine.id}/edit" in narrowed and "Balance B" not in narrowed
    assert "No instrument is found" in texts(signed_in.get("/catalog?q=spectrometer"))


def test_the_list_asks_the_same_number_of_questions(signed_in, world, lab, statements) -> None:
    world.instrument(lab)
    statements.clear()
    signed_in.get("/catalog")
    few = len(statements)
    for _ in range(30):
        world.instrument(lab)
    statements.clear()
    signed_in.get("/catalog")
    assert len(statements) == few
