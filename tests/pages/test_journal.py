"""The journal of an institution: filtered, by cursor, every deed named, every detail in words, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import instruments
from instruments.database import db
from instruments.funds import words as fund_words
from instruments.journal.record import record
from instruments.people import words
from instruments.people.rights import Role
from instruments.reservations import history as reservation_history
from instruments.usage import words as usage_words
from tests.conftest import NOW
from tests.world import sign_in


@pytest.fixture
def qinling(world, now):
    return world.institution("qinling.edu.cn", name_en="Qinling University")


@pytest.fixture
def boss(world, qinling):
    person = world.person(qinling, name_en="Chen Moni")
    world.grant(person, Role.INSTITUTION_MANAGER, qinling)
    return person


@pytest.fixture
def lin(world, qinling):
    return world.person(qinling, name_en="Lin Shili", name_zh="林示例")


@pytest.fixture
def details(client, qinling, boss):
    """Writes an entry and reads what the page tells of it: [(name, value)]."""
    sign_in(client, boss)

    def act(deed: str, detail: dict, language: str = "en") -> list[tuple[str, str]]:
        thing = ("institution", qinling.id)
        record(now=NOW, actor_id=None, deed=deed, thing=thing, institution_id=qinling.id, detail=detail)
        db.session.commit()
        client.set_cookie("language", language)
        page = client.get(f"/institutions/{qinling.id}/journal").text
        cell = page.split('class="ink2">')[1].split("</td>")[0]
        return re.findall(r'<span class="hint">(.*?)</span> (.*?)(?: · |$)', re.sub("</?a[^>]*>", "", cell))

    return act


def test_the_journal_is_filtered_and_goes_on_by_cursor(client, world, boss, qinling, lin) -> None:
    for number in range(60):
        record(
            now=NOW, actor_id=lin.id, deed="lab.edited", thing=("lab", number + 1), institution_id=qinling.id,
            detail={"zone": ["Asia/Shanghai", f"Zone {number:02}"]},
        )  # fmt: skip
    record(
        now=NOW, actor_id=boss.id, deed="role.granted", thing=("person", lin.id), institution_id=qinling.id
    )
    record(
        now=NOW, actor_id=boss.id, deed="secret.deed", thing=("lab", 1), institution_id=world.institution().id
    )
    db.session.commit()
    sign_in(client, boss)
    address = f"/institutions/{qinling.id}/journal"
    first = client.get(address).text
    assert "Asia/Shanghai → Zone 59" in first
    assert "Role given" in first
    assert "Zone 05" not in first
    assert "secret.deed" not in first
    rest = client.get(first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")).text
    assert "Zone 05" in rest
    assert "Zone 59" not in rest
    for query, there, not_there in (
        ({"deed": "role.granted"}, "Role given", "Zone 59"),
        ({"thing": "lab", "id": "3"}, "Zone 02", "Zone 59"),
        ({"person": boss.mail}, "Role given", "Zone 59"),
        ({"person": "nobody@qinling.edu.cn"}, "Nobody here has this mail address.", "Zone 59"),
        ({"id": "9" * 40, "thing": "person"}, "Role given", "Zone 59"),
    ):
        page = client.get(address, query_string=query).text
        shown = page.split("<main")[1].split("<tbody>")[-1] if "<tbody>" in page else page
        assert there in shown
        assert not_there not in shown


def test_a_thing_is_called_by_its_name_and_leads_to_its_page(client, world, qinling, boss) -> None:
    lab = world.lab(qinling, name_en="Analysis and Testing Centre")
    instrument = world.instrument(lab, name_en="Raman microscope")
    for thing in (("lab", lab.id), ("instrument", instrument.id), ("reservation", 7), ("import_run", 3)):
        record(now=NOW, actor_id=boss.id, deed="lab.edited", thing=thing, institution_id=qinling.id)
    db.session.commit()
    page = sign_in(client, boss).get(f"/institutions/{qinling.id}/journal").text
    assert f'<a href="/labs/{lab.id}">Analysis and Testing Centre</a>' in page
    assert f'<a href="/instruments/{instrument.id}">Raman microscope</a>' in page
    assert '<a href="/reservations/7">Reservation 7</a>' in page
    assert '<a href="/catalog/imports/3">Import 3</a>' in page


def seconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())


def test_times_stand_on_the_readers_wall_and_things_by_name(world, qinling, lin, details) -> None:
    instrument = world.instrument(world.lab(qinling), name_en="Raman microscope")
    span = {"start": seconds(2027, 3, 2, 1), "end": seconds(2027, 3, 2, 3)}
    assert details("reservation.created", {"instrument_id": instrument.id, "user_id": lin.id, **span}) == [
        ("When", "Tue 2 Mar, 09:00–11:00"),
        ("Instrument", "Raman microscope"),
        ("User", "Lin Shili"),
    ]


def test_a_thing_that_is_gone_keeps_its_number(details) -> None:
    assert details("reservation.created", {"user_id": 999999999}) == [("User", "999999999")]


def test_changes_are_told_from_before_to_after(lin, details) -> None:
    assert details("reservation.moved", {
        "reason": "Sample late",
        "from": [seconds(2027, 3, 2, 1), seconds(2027, 3, 2, 3)],
        "to": [seconds(2027, 3, 3, 1), seconds(2027, 3, 3, 3)],
    }) == [
        ("When", "Tue 2 Mar, 09:00–11:00 → Wed 3 Mar, 09:00–11:00"), ("Reason", "Sample late"),
    ]  # fmt: skip
    assert details("instrument.changed", {"changes": {"maker": ["", "Horiba"]}, "import_run": None}) == [
        ("Maker", "– → Horiba")
    ]
    assert details("rules.changed", {"longest_minutes": [None, 150], "horizon_days": [60, 14]}) == [
        ("Longest", "– → 2 h 30 min"),
        ("Horizon, in days", "60 → 14"),
    ]
    assert details("group.edited", {"head_id": [None, lin.id]}) == [("Head", "– → Lin Shili")]


def test_hours_and_closures_and_holidays_are_told_as_their_pages_say_them(details) -> None:
    hours = {"week": "Mon-Fri 08:00-18:00", "from": "2027-09-01", "to": None, "before": "24/7"}
    assert details("hours.published", hours) == [
        ("Hours", "Open 24 hours, every day → Mon–Fri 08:00–18:00"),
        ("From", "Wed 1 Sep"),
    ]
    before = {
        "kind": "closed",
        "reason": "Laser",
        "start": "2027-03-02T01:00:00+00:00",
        "end": "2027-03-02T03:00:00+00:00",
    }
    after = before | {
        "kind": "maintenance",
        "end": "2027-03-02T04:00:00+00:00",
        "closure": 5,
        "before": before,
    }
    assert details("closure.changed", after) == [
        ("When", "Tue 2 Mar, 09:00–11:00 → Tue 2 Mar, 09:00–12:00"),
        ("Kind", "Closed → Maintenance"),
        ("Reason", "Laser"),
    ]
    differ = {"from": "2027-10-06", "until": "2027-10-07", "times": "closed", "reason": "Stocktaking / 盘点"}
    assert details("days.changed", differ | {"times": "09:00-12:00", "before": differ}) == [
        ("From", "Wed 6 Oct"),
        ("Until", "Thu 7 Oct"),
        ("Hours", "Closed → 09:00–12:00"),
        ("Reason", "Stocktaking"),
    ]
    days = [["2027-10-01", "National Day", "国庆节"], ["2027-10-02", "National Day", "国庆节"]]
    assert details("holiday.added", {"days": days}) == [("Days", "1 – 2 October National Day")]


def test_roles_places_and_tokens_are_told_in_words(world, qinling, lin, details) -> None:
    lab = world.lab(qinling, name_en="Analysis and Testing Centre")
    role = {
        "role": "lab_manager",
        "scope": "lab",
        "scope_id": lab.id,
        "deputy_id": lin.id,
        "until": "2027-04-01",
    }
    assert details("deputy.named", role) == [
        ("Role", "Lab manager"),
        ("On", "Analysis and Testing Centre"),
        ("Deputy", "Lin Shili"),
        ("Until", "Thu 1 Apr"),
    ]
    assert details("token.made", {"name": "script", "scopes": "catalog:read", "days": 30}) == [
        ("Name", "script"),
        ("May", "Read the catalogue as you see it"),
        ("Days", "30"),
    ]
    assert details("profile.edited", {"changed": ["language", "phone"]}) == [("Changed", "Language, Phone")]


def test_in_chinese(lin, details) -> None:
    detail = {"role": "auditor", "scope": "platform", "ends_on": "2027-04-01", "shows_name": True}
    assert details("role.granted", detail, "zh_Hans_CN") == [
        ("角色", "审计员"),
        ("范围", "平台"),
        ("最后一天", "4月1日 周四"),
        ("向他人显示姓名", "是"),
    ]


def test_the_number_of_statements_does_not_grow_with_the_entries(
    client, world, qinling, boss, statements
) -> None:
    counts = []
    sign_in(client, boss)
    for more in (1, 20):
        for _ in range(more):
            lab = world.lab(qinling)
            detail = {"user_id": world.person(qinling).id, "instrument_id": world.instrument(lab).id}
            thing = ("lab", lab.id)
            record(
                now=NOW,
                actor_id=boss.id,
                deed="lab.edited",
                thing=thing,
                institution_id=qinling.id,
                detail=detail,
            )
        db.session.commit()
        client.get(f"/institutions/{qinling.id}/journal")
        statements.clear()
        client.get(f"/institutions/{qinling.id}/journal")
        counts.append(len(statements))
    assert counts[0] == counts[1]


# --- Every deed has a name


def written_in(source: str) -> Iterator[str]:
    """The deeds that a file hands on to be noted: "lab.added", as the argument of a call or of a function."""
    for node in ast.walk(ast.parse(source)):
        given: list[ast.AST] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given += [each.value for each in node.keywords if each.arg == "deed"]
            if name in {"_note", "_record", "note", "record"}:
                given += node.args
        elif isinstance(node, ast.FunctionDef):
            given += [each for each in (*node.args.defaults, *node.args.kw_defaults) if each]
        for part in (inner for each in given for inner in ast.walk(each)):
            if isinstance(part, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]+", str(part.value)):
                yield part.value


def test_every_deed_that_is_written_has_a_name() -> None:
    written = set()
    for path in Path(instruments.__file__).parent.rglob("*.py"):
        written |= set(written_in(path.read_text(encoding="utf-8")))
    assert len(written) > 30
    # Histories of single things name their deeds themselves, some of which are put together from parts.
    told = {*usage_words.DEEDS, *fund_words.DEEDS, *reservation_history.PLAIN}
    assert (written | told) - set(words.DEEDS) == set()


@pytest.mark.parametrize(
    ("detail", "english", "chinese"),
    [
        ({"month": "2026-11"}, ("Month", "November 2026"), ("月份", "2026年11月")),
        ({"since": "2027-01-01"}, ("From", "Fri 1 Jan"), ("开始", "1月1日 周五")),
        ({"what": "income 2026-09"}, ("Looked at", "Income September 2026"), ("查看内容", "收入 2026年9月")),
        ({"share_rate": 1000}, ("Share of the institution", "10.0%"), ("单位分成", "10.0%")),
        ({"left_units": -23650, "currency": "CNY"}, ("Remaining", "CNY −236.50"), ("剩余", "−236.50 元")),
        ({"answer_days": 1400}, ("Days to answer", "1,400"), ("答复天数", "1,400")),
    ],
)
def test_money_is_told_in_words(details, detail, english, chinese) -> None:
    assert details("charging.set", detail) == [english]
    assert details("charging.set", detail, "zh_Hans_CN") == [chinese]


@pytest.mark.parametrize(
    ("deed", "detail", "english", "chinese"),
    [
        ("reservation.done", {"use_id": 40027}, ("Use of an instrument", "40027"), ("仪器使用", "40027")),
        ("use.reported", {"reporter": "4:meter 50"}, ("Reported by", "meter 50"), ("上报方", "meter 50")),
        ("use.reported", {"reporter": "file:7"}, ("Reported by", "Instrument logs"), ("上报方", "仪器日志")),
        ("use.started", {"kind": "walk_up"}, ("Kind", "Walk-up"), ("类型", "现场使用")),
        ("usage_file.taken", {"kind": "logs"}, ("Kind", "Instrument logs"), ("类型", "仪器日志")),
        ("output.entered", {"kind": "thesis"}, ("Kind", "Thesis"), ("类型", "学位论文")),
        ("output.entered", {"year": 2026}, ("Year", "2026"), ("年度", "2026")),
        ("use.corrected", {"spans": [[1803949200, 1803952800]]}, ("Hours used", "Tue 2 Mar, 09:00–10:00"),
         ("使用时段", "3月2日 周二 09:00–10:00")),
        ("use.corrected", {"spans": [[1803949200, 1803952800], [1803956400, 1803960000]]},
         ("Hours used", "Tue 2 Mar, 09:00–10:00, Tue 2 Mar, 11:00–12:00"),
         ("使用时段", "3月2日 周二 09:00–10:00、3月2日 周二 11:00–12:00")),
        ("use.extended", {"until": 1803960000}, ("Until", "Tue 2 Mar, 12:00"), ("结束", "3月2日 周二 12:00")),
        ("series.moved", {"dates": [[1, 1803949200, 1803952800, 1804035600, 1804039200],
          [2, 1804554000, 1804557600, 1804554000, 1804557600]]},
         ("Dates", "Tue 2 Mar, 09:00–10:00 → Wed 3 Mar, 09:00–10:00, Tue 9 Mar, 09:00–10:00"),
         ("日期段", "3月2日 周二 09:00–10:00 → 3月3日 周三 09:00–10:00、3月9日 周二 09:00–10:00")),
        ("reservation.payers_named", {"from": [], "to": [[999999999, "25"], [999999998, "75"]]},
         ("Who pays", "– → 999999999 25%, 999999998 75%"), ("由谁付费", "– → 999999999 25%、999999998 75%")),
        ("programme.edited", {"rate": [5000, 4000]}, ("It pays", "50.0% → 40.0%"), ("承担比例", "50.0% → 40.0%")),
        ("programme.edited", {"payer_kinds": [["company"], []]}, ("For payers", "Companies → –"), ("适用付款方", "企业 → –")),
    ],
)  # fmt: skip
def test_what_was_done_with_instruments_is_told_in_words(details, deed, detail, english, chinese) -> None:
    assert details(deed, detail) == [english]
    assert details(deed, detail, "zh_Hans_CN") == [chinese]


def test_a_payer_is_told_once_with_the_institution_it_belongs_to(world, qinling, details) -> None:
    group = world.group(qinling, name_en="Alloys", name_zh="合金组")
    overdue = {
        "step": 3,
        "payer_institution_id": qinling.id,
        "payer_group_id": group.id,
        "payer_person_id": None,
    }
    assert details("statement.reminded", overdue) == [
        ("Days after it was due", "3"), ("Institution of the payer", "Qinling University"), ("Payer", "Alloys"),
    ]  # fmt: skip
    labels = [label for label, _ in details("statement.reminded", overdue, "zh_Hans_CN")]
    assert labels == ["逾期天数", "付款方单位", "付款方"]
    assert details("statement.reminded", overdue | {"payer_group_id": None}) == [
        ("Days after it was due", "3"), ("Payer", "Qinling University"),
    ]  # fmt: skip


def test_whose_fund_bears_a_reservation_is_told_by_its_name(world, qinling, details) -> None:
    fund = world.fund(world.group(qinling), name_en="Light metals")
    same = {"from": [[fund.id, "100"]], "to": [[fund.id, "100"]], "programmes": []}
    assert details("reservation.payers_named", same) == []
    assert details("reservation.payers_named", same | {"to": []}) == [("Who pays", "Light metals 100% → –")]
