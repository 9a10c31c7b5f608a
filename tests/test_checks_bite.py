"""Every check of the house reports the fault it is there for: faults are planted in a copy, each tool runs once on it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from app import MIGRATIONS
from tests import planting, test_migrations
from tests.test_house_rules import ROOT

# One copy and one run of a tool serve all tests that ask what it reported, so one process runs them.
pytestmark = pytest.mark.xdist_group("planted")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house."""
    return planting.copy_of_the_house(tmp_path / "house")


def head() -> str:
    """The newest migration."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return str(ScriptDirectory.from_config(config).get_current_head())


@pytest.mark.parametrize(
    "tool", ["ruff check", "ruff format --check", "mypy", "lint-imports", "tests/test_house_rules.py"]
)
def test_the_command_that_tests_everything_runs(tool: str) -> None:
    done = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert tool in done.stdout


# --- Lint, format and types -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ruff_report(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """File and code of everything that ruff finds in the planted files."""
    house = planting.copy_of_the_house(tmp_path_factory.mktemp("ruff") / "house")
    planting.plant(
        house,
        {
            f"instruments/search/planted_{code}.py": planting.HEAD + text
            for code, text in planting.RUFF.items()
        },
    )
    report = json.loads(planting.said(house, "ruff", "check", "--no-cache", "--output-format", "json"))
    return {(Path(found["filename"]).stem, found["code"]) for found in report}


@pytest.mark.parametrize("code", planting.RUFF)
def test_ruff_reports(code: str, ruff_report: set[tuple[str, str]]) -> None:
    assert (f"planted_{code}", code) in ruff_report


def test_ruff_reports_what_is_not_formatted(house: Path) -> None:
    planting.plant(house, {"instruments/search/planted.py": f"{planting.HEAD}ONE  =  1\n"})
    assert "planted.py" in planting.said(house, "ruff", "format", "--no-cache", "--check")


def test_mypy_reports_wrong_and_missing_types_in_pure_files(house: Path) -> None:
    planting.plant(house, planting.TYPES)
    report = planting.said(house, "mypy")
    for name in planting.TYPES:
        assert f"{name}:" in report


# --- Floors -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def floors_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says with all forbidden imports in place."""
    house = planting.copy_of_the_house(tmp_path_factory.mktemp("floors") / "house")
    for faults in planting.FLOORS.values():
        planting.plant(house, faults)
    return planting.said(house, "lint-imports", "--no-cache")


@pytest.mark.parametrize("words", planting.FLOORS)
def test_the_floors_report(words: str, floors_report: str) -> None:
    assert words in floors_report


def test_the_floors_report_a_room_that_stands_on_none(house: Path) -> None:
    planting.plant(house, planting.ROOM_WITHOUT_A_FLOOR)
    assert "- instruments.planted_room" in planting.said(house, "lint-imports", "--no-cache")


# --- House rules ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By name of the test, what the tests about the house say when every rule is broken."""
    folder = tmp_path_factory.mktemp("rules")
    house = planting.copy_of_the_house(folder / "house")
    planting.plant(house, planting.BROKEN_RULES)
    planting.plant_migration(house, "planted", before=head())
    rights = house / "instruments" / "people" / "rights.py"
    rights.write_text(rights.read_text(encoding="utf-8").replace(*planting.ROLE), encoding="utf-8")
    files = ("house_rules", "documents", "texts", "strangers", "migrations")
    planting.said(
        house,
        "python",
        "-m", "pytest", "-vv", "-p", "no:cacheprovider", "--database", "sqlite", f"--junitxml={folder}/report.xml",
        *(f"tests/test_{name}.py" for name in files),
    )  # fmt: skip
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")  # noqa: S314 - written a moment ago by us
    return {
        str(case.get("name")): str(failure.get("message")) + str(failure.text)
        for case in cases
        for failure in case.findall("failure")
    }


@pytest.mark.parametrize("rule", planting.RULES)
def test_the_rules_report(rule: str, failures: dict[str, str]) -> None:
    assert planting.RULES[rule] in failures.get(rule, "")


def test_the_rules_report_two_heads_of_the_migrations(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planting.plant_migration(house, "planted_one", before=head())
    planting.plant_migration(house, "planted_two", before=head())
    monkeypatch.setattr(test_migrations, "MIGRATIONS", house / "instruments" / "migrations")
    with pytest.raises(AssertionError):
        test_migrations.test_there_is_one_head()
