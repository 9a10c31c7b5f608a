"""Files of logs and of outputs: tried first, taken over once, and what they took over said afterwards."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext

from instruments.database import db
from instruments.usage import bringing
from instruments.usage.kinds import LAYER_WORDS
from instruments.usage.models import InstrumentUse
from instruments.usage.output_models import InstrumentOutput
from instruments.usage.words_in_files import KIND_WORDS, kind_written, layer_written
from tests.usage.desk import MINUTE, NINE, Desk, done
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    return Desk(world)


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


LOGS = """仪器,开始时间,结束时间,编号
{name},2027-03-02 09:00,2027-03-02 09:03,a
{name},2027-03-01 10:00,2027-03-01 11:00,b
{name},yesterday,2027-03-01 11:00,c
nothing,2027-03-01 10:00,2027-03-01 11:00,d
"""


def test_logs_are_tried_first_and_counted_once(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    address = f"/labs/{desk.lab.id}/usage-files"
    assert client.post(address, data={"kind": "logs"}).status_code == 422
    bad = {"kind": "logs", "file": (io.BytesIO(b"a,b\n1,2\n"), "bad.csv")}
    assert "instrument, start, end" in client.post(address, data=bad).text
    content = LOGS.format(name=desk.instrument.name_zh).encode()
    made = client.post(address, data={"kind": "logs", "file": (io.BytesIO(content), "logs.csv")})
    page = text(client.get(made.location))
    assert "Take over 2 rows" in page and "is no time" in page and "no instrument of this name" in page
    assert db.session.query(InstrumentUse).count() == 0
    for _ in range(2):
        client.post(f"{made.location}/take")
        assert db.session.query(InstrumentUse).count() == 2
        assert tallied(client, made.location) == {"Taken over": "2", "Known already": "0", "Refused": "2"}
    again = client.post(address, data={"kind": "logs", "file": (io.BytesIO(content), "logs.csv")})
    assert tallied(client, again.location) == {"New": "0", "Known already": "2", "Refused": "2"}


def tallied(client: FlaskClient, address: str) -> dict[str, str]:
    """How many rows of a file become what."""
    page = client.get(address).text.split('class="tally"')[1].split("</section>")[0]
    return dict(re.findall(r"<span>([^<]+)</span><b[^>]*>(\d+)</b>", page))


def test_what_is_taken_over_half_way_is_still_its_own(desk: Desk, client: FlaskClient) -> None:
    """One row is written and the rest interrupted: taken up again, the file says both; only a repeat is known already."""
    sign_in(client, desk.operator)
    rows = LOGS.format(name=desk.instrument.name_zh).splitlines()[:3]
    content = "\n".join(rows).encode()
    made = client.post(
        f"/labs/{desk.lab.id}/usage-files", data={"kind": "logs", "file": (io.BytesIO(content), "logs.csv")}
    )
    kept, operator = bringing.the_file(int(made.location.rsplit("/", 1)[1])), desk.actor(desk.operator)
    wanted = bringing.new_rows(kept, desk.lab, NINE)
    db.session.rollback()
    done(bringing.note_own, kept, wanted)
    done(bringing.take_row, operator, desk.lab, next(iter(wanted.values())), NINE)
    assert tallied(client, made.location) == {
        "New": "1",
        "Taken over": "1",
        "Known already": "0",
        "Refused": "0",
    }
    client.post(f"{made.location}/take")
    assert tallied(client, made.location) == {"Taken over": "2", "Known already": "0", "Refused": "0"}


def test_outputs_are_entered_brought_and_taken_back(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    address = f"/instruments/{desk.instrument.id}/outputs"
    assert client.post(address, data={"year": "1800", "kind": "x", "number": "0"}).status_code == 422
    assert (
        client.post(
            address, data={"year": "2026", "kind": "thesis", "number": "1", "reference": "T1"}
        ).status_code
        == 303
    )
    name = desk.instrument.name_en
    doi = {"year": "2026", "kind": "paper_core", "number": "1"}
    assert client.post(address, data=doi | {"reference": "10.1000/Walk.1"}).status_code == 303
    for written in ("10.1000/WALK.1", "doi:10.1000/walk.1", "https://doi.org/10.1000/walk.1"):
        assert client.post(address, data=doi | {"reference": written}).status_code == 422
    content = (
        f"instrument,year,kind,reference\n{name},2026,Thesis,T1\n{name},2026,标准,GB 1\n{name},2026,标准,\n"
    )
    file = {"kind": "outputs", "file": (io.BytesIO(content.encode()), "outputs.csv")}
    made = client.post(f"/labs/{desk.lab.id}/usage-files", data=file)
    for _ in range(2):
        client.post(f"{made.location}/take")
    rows = db.session.query(InstrumentOutput).order_by(InstrumentOutput.id).all()
    assert [(row.kind, row.reference) for row in rows] == [
        ("thesis", "T1"), ("paper_core", "10.1000/walk.1"), ("standard", "GB 1"), ("standard", ""),
    ]  # fmt: skip
    sign_in(client, desk.user)
    assert "GB 1" in client.get(address).text
    assert client.post(f"/outputs/{rows[0].id}/take-back", data={"version": 1}).status_code == 403
    sign_in(client, desk.operator)
    client.post(f"/outputs/{rows[0].id}/take-back", data={"version": 1})
    db.session.expire_all()
    assert db.session.query(InstrumentOutput).count() == 3


@pytest.mark.parametrize(
    ("read", "words"), [(layer_written, LAYER_WORDS), (kind_written, KIND_WORDS)], ids=["layers", "kinds"]
)
def test_every_word_that_a_page_shows_is_read_in_both_languages(app: Flask, read: Any, words: Any) -> None:
    for language in ("en", "zh_Hans_CN"):
        with app.test_request_context(), force_locale(language):
            shown = {gettext(each): code for code, each in words.items()}
        assert len(shown) == len(words) and {each: read(f" {each.upper()} ") for each in shown} == shown


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (layer_written, "", "attended"),
        (layer_written, "测量", "measurement"),
        (layer_written, "停机", "down"),
        (layer_written, "故障", None),
        (layer_written, "睡觉", None),
        (kind_written, "SCI论文", "paper_indexed"),
        (kind_written, "硕士论文", "thesis"),
        (kind_written, "教师专利", "patent_teacher"),
        (kind_written, "专利", None),
        (kind_written, "论文", None),
        (kind_written, "", None),
    ],
)
def test_words_that_can_only_mean_one_thing_are_read(read: Any, text: str, code: str | None) -> None:
    assert read(text) == code


def test_a_refused_word_is_told_with_those_that_there_are_in_the_reader_s_language(
    desk: Desk, client: FlaskClient
) -> None:
    sign_in(client, desk.operator)
    name, address = desk.instrument.name_en, f"/labs/{desk.lab.id}/usage-files"
    client.get("/language/zh_Hans_CN")
    assert all(label in text_of_form(client, desk) for label in ("数量", "编号"))
    outputs = f"仪器,年份,类型,数量,编号\n{name},2026,专利,2,ZL1\n{name},2026,教师专利,3,ZL2\n{name},2026,x,1,\n{name},2026,,1,\n"
    file = {"kind": "outputs", "file": (io.BytesIO(outputs.encode()), "outputs.csv")}
    made = client.post(address, data=file)
    page = text(client.get(made.location))
    assert "“专利”可能指多种，请写明是哪一种：教师发明专利、学生发明专利。" in page
    assert "“x”不是成果类型。可写：三大检索论文" in page and "类型为空，请填写其中一种：三大检索论文" in page
    assert "数量" in page and "编号" in page and "ZL1" in page
    client.post(f"{made.location}/take")
    [row] = db.session.query(InstrumentOutput).all()
    assert (row.kind, row.number, row.reference) == ("patent_teacher", 3, "ZL2")
    rows = [
        f"{name},2027-03-01 {hour}:00,2027-03-01 {hour}:30,{word}"
        for hour, word in (("09", "测量"), (10, "睡觉"))
    ]
    logs = "\n".join(["仪器,开始时间,结束时间,内容", *rows])
    made = client.post(address, data={"kind": "logs", "file": (io.BytesIO(logs.encode()), "logs.csv")})
    page = text(client.get(made.location))
    assert "“睡觉”不是使用的内容。可写：上机、前处理、测试" in page
    client.get("/language/en")
    page = text(client.get(made.location))
    assert "“睡觉” is none of the layers of a use: Attended, Preparation, Measurement" in page
    assert tallied(client, made.location)["New"] == "1"


def text_of_form(client: FlaskClient, desk: Desk) -> str:
    """The form that enters an output."""
    return text(client.get(f"/instruments/{desk.instrument.id}/outputs"))
