"""What was taken back and entered again reads as a chain: original, reversal and replacement, by whom and when."""

from __future__ import annotations

import io
import re
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from instruments.charges.chained import chain_words, chained
from instruments.charges.closing import papers, tables
from instruments.charges.closing.seeing import lines_of
from instruments.charges.closing_models import Statement
from instruments.charges.models import Charge
from instruments.charges.reversing import take_back
from instruments.database import db
from instruments.database.transactions import perform
from tests.charges.scene import Scene
from tests.charges.test_closing import close
from tests.charges.test_disputing import answered, raised
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now) -> Scene:
    return Scene(world)


@pytest.fixture
def chain(scene: Scene) -> tuple[int, int, int]:
    """An adjusted dispute: the numbers of the original, its reversal and its replacement."""
    charge = scene.charged()
    result = answered(
        scene,
        raised(scene, charge, line=0),
        scene.manager,
        "adjusted",
        less="20.00",
        reason="The pump was slow",
    )
    assert result is not None
    reversal = db.session.scalar(select(Charge.id).where(Charge.reverses_id == charge.id))
    assert reversal is not None
    return charge.id, reversal, result


def words(numbers) -> list[list[str]]:
    found = chained(numbers)
    return [chain_words(found.get(number)) for number in numbers]


def test_each_says_which_it_is(app, scene: Scene, chain) -> None:
    original, reversal, again = chain
    who = scene.manager.name_en
    with app.test_request_context(), force_locale("en"):
        first, second, third = words(chain)
        [when] = {re.search(rf"{who}, (.*)\)\.$", each)[1] for each in (*first, *second, *third)}
        assert (first, second, third) == (
            [f"Charge {original} is the original: charge {reversal} takes it back, charge {again} replaces it ({who}, {when})."],
            [f"Charge {reversal} takes back charge {original} ({who}, {when})."],
            [f"Charge {again} replaces charge {original} ({who}, {when})."],
        )  # fmt: skip
        # What was issued before says nothing of what came later.
        assert chain_words(chained([original])[original], {original}) == []
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert "原始费用" in words(chain)[0][0]


def test_one_that_stands_alone_says_nothing(app, scene: Scene) -> None:
    assert chained([scene.charged().id]) == {}
    assert chained([]) == {}


def test_taken_back_without_another_and_by_a_rule(app, scene: Scene) -> None:
    charge = scene.charged()
    perform(lambda: take_back(charge.id, "Nobody used it", NOW, None))
    with app.test_request_context(), force_locale("en"):
        [[only]] = words([charge.id])
    assert "takes it back (by itself, " in only


def test_the_pages_of_a_charge_and_of_charges_show_the_chain(
    client: FlaskClient, scene: Scene, chain
) -> None:
    original, reversal, again = chain
    sign_in(client, scene.manager)
    page = client.get(f"/charges/{original}").text
    assert f"charge {reversal} takes it back, charge {again} replaces it" in page
    assert "never changed" not in page and "The pump was slow" in page and scene.manager.name_en in page
    assert f"replaces charge {original}" in client.get(f"/charges/{again}").text
    listed = client.get(f"/labs/{scene.lab.id}/charges").text
    assert all(each in listed for each in (f"takes back charge {original}", f"replaces charge {original}"))


def test_the_statement_and_its_files_show_the_chain(client: FlaskClient, app, scene: Scene, chain) -> None:
    original, reversal, _ = chain
    close(scene)
    row = db.session.scalars(select(Statement)).one()
    lines = lines_of(row.id)
    with app.test_request_context(), force_locale("en"):
        said = papers.chains_among(lines)
        assert set(said) == set(chain)
        assert said[original].startswith(
            f"Charge {original} is the original: charge {reversal} takes it back"
        )
        table = tables.table_of(row, lines)
        assert {line[-1] for line in table[1:]} == {f"{said[number]} The pump was slow" if number != original else said[number]
                                                   for number in chain}  # fmt: skip
    sign_in(client, scene.finance)
    page = client.get(f"/statements/{row.id}").text
    assert f"takes back charge {original}" in page and f"replaces charge {original}" in page
    book = ZipFile(io.BytesIO(client.get(f"/statements/{row.id}.xlsx").data))
    texts = book.read("xl/sharedStrings.xml").decode()
    assert f"takes back charge {original}" in texts
    assert client.get(f"/statements/{row.id}.pdf").status_code == 200
