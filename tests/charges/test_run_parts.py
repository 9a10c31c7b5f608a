"""A statement and its files say of each line which part of a run it is, in the words of its page."""

from __future__ import annotations

import csv
import io
from datetime import date
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from instruments.charges.closing import papers, tables
from instruments.charges.closing.movements import movements_of
from instruments.charges.closing.run_parts import run_parts
from instruments.charges.closing.seeing import lines_of
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.usage.facts import Customer, Run, UseFacts
from instruments.usage.running import record_run
from tests.charges.scene import HOUR, MORNING, Scene
from tests.charges.test_closing import close
from tests.rates.pricing_world import price, published
from tests.usage.desk import done
from tests.world import World, sign_in

S = int(MORNING.timestamp())
LATER = MORNING + 8 * HOUR
SAID = (
    ("2/3 of the run’s 30 min: divided by samples, 4 of 6.", "2/3"),
    ("1/3 of the run’s 30 min: divided by samples, 2 of 6.", "1/3"),
)


@pytest.fixture
def scene(world: World, now) -> Scene:
    return Scene(world)


@pytest.fixture
def statement(scene: Scene) -> Statement:
    """Of a run for two with a minimum, and of a use that is no run."""
    least = price("own_institution", 5000, "minimum", position=1)
    published(scene.instrument, date(2027, 1, 1), prices=[price("own_institution", 6000), least])
    two = [Customer(group_id=scene.group.id, fund_id=scene.grant.id, samples=samples) for samples in (4, 2)]
    made = Run(scene.instrument.id, ((S, S + 1800),), two, UseFacts(mode="self"))
    done(record_run, scene.actor(scene.manager), made, LATER)
    scene.use(scene.reservation(MORNING + 2 * HOUR))
    scene.charge(LATER)
    close(scene)
    return db.session.scalars(select(Statement)).one()


def test_only_parts_of_runs_say_one(app: Flask, statement: Statement) -> None:
    lines = lines_of(statement.id)
    assert run_parts([]) == {}
    with app.test_request_context(), force_locale("en"):
        said = run_parts(lines)
        assert len(lines) == 3 and len(said) == 2
        for number, (whole, share) in zip(sorted(said), SAID, strict=True):
            first, _, rest = said[number].partition(" A run costs at least ")
            assert (
                first == whole and f"This is {share} of the " in rest and rest.endswith(" that are missing.")
            )
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert all("样品" in each and " A run" not in each for each in run_parts(lines).values())


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_paper_table_and_workbook_say_it_as_the_page_does(
    client: FlaskClient, app: Flask, scene: Scene, statement: Statement, language: str
) -> None:
    lines, number, lang = lines_of(statement.id), statement.id, language[:2]
    whole = (statement, lines, movements_of(number), standings([statement])[number])
    with app.test_request_context(), force_locale(language):
        said = run_parts(lines)
        sentences = list(said.values())
        printed = "\n".join(cell for row in papers.paper_of(*whole).blocks[0].rows for cell in row)
        table = tables.whole_table_of(*whole)
    assert all(each in printed for each in sentences)
    assert [row[-3] for row in table[1:4]] == [*sentences, ""]
    sign_in(client, scene.finance)
    page = client.get(f"/statements/{number}?lang={lang}").text
    files = {
        kind: client.get(f"/statements/{number}.{kind}?lang={lang}").data for kind in ("csv", "xlsx", "pdf")
    }
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    strings = ZipFile(io.BytesIO(files["xlsx"])).read("xl/sharedStrings.xml").decode()
    first = sentences[0].partition("。" if lang == "zh" else ". ")[0]
    assert first in page
    for each in sentences:
        assert each in [row[-3] for row in rows] and each in strings
    for kind, body in files.items():
        assert client.get(f"/statements/{number}.{kind}?lang={lang}").data == body, kind
