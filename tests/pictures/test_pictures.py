"""The pictures of the documents: every one is a page of the demonstration as it is now, made anew by `make pictures`."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from instruments.funds.ledger import next_month
from tests.databases import make_sqlite
from tests.live import DESKTOP, PHONE, ROOT, end_server, environment_of, start_server
from tests.pictures.shown import GROUP_HEAD, MANAGER, PICTURES, Picture

FOLDER = ROOT / "docs" / "pictures"
SIZE = ("--instruments", "400", "--people", "800", "--reservations", "6000")
PASSWORD = "demonstration-only"
IN_A_DOCUMENT = re.compile(r"!\[[^\]]*\]\((?:docs/)?pictures/([\w-]+)\.png\)")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int | str]]]:
    """A server with a small demonstration, and the numbers of what its lab manager answers for."""
    made = make_sqlite(tmp_path_factory.mktemp("pictures"))
    for arguments in (["demo", "load", *SIZE], ["utilization", "refresh"]):
        command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment_of(made), check=True, capture_output=True)
    process, address = start_server(made, workers=1, DEMONSTRATION="on")
    yield address, _numbers(made.folder / "commons.db")
    end_server(process)
    made.close()


def _numbers(file: Path) -> dict[str, int | str]:
    with sqlite3.connect(file) as connection:
        lab, institution = connection.execute(
            "SELECT lab.id, lab.institution_id FROM role_grant JOIN person ON person.id = person_id"
            " JOIN lab ON lab.id = role_grant.lab_id WHERE mail = ? ORDER BY lab.id",
            (MANAGER,),
        ).fetchone()
        instrument = connection.execute("SELECT min(id) FROM instrument WHERE lab_id = ?", (lab,)).fetchone()[
            0
        ]
        prices = connection.execute(
            "SELECT rate_version.id FROM rate_version JOIN rate_card ON rate_card.id = card_id"
            " WHERE lab_id = ? AND state = 'proposed'",
            (lab,),
        ).fetchone()[0]
        money = _of_money(connection, institution)
    connection.close()
    return {"lab": lab, "institution": institution, "instrument": instrument, "prices": prices, **money}


def _of_money(connection: sqlite3.Connection, institution: int) -> dict[str, int | str]:
    """What is in dispute, the head's group with its longest statement, the month to be closed, and the form to be filed."""
    charge = connection.execute("SELECT charge_id FROM dispute WHERE state = 'open'").fetchone()[0]
    group = connection.execute(
        "SELECT research_group.id FROM research_group JOIN person ON person.id = principal_investigator_id WHERE mail = ?",
        (GROUP_HEAD,),
    ).fetchone()[0]
    statement = connection.execute(
        "SELECT id FROM statement WHERE payer_group_id = ? ORDER BY lines DESC, id DESC", (group,)
    ).fetchone()[0]
    closed = connection.execute(
        "SELECT max(month) FROM closing WHERE institution_id = ?", (institution,)
    ).fetchone()[0]
    report = connection.execute("SELECT max(id) FROM report WHERE state = 'draft'").fetchone()[0]
    return {
        "charge": charge, "group": group, "statement": statement, "month": next_month(closed), "report": report,
    }  # fmt: skip


@pytest.fixture(scope="module")
def visit(browser: Browser, demonstration: tuple[str, dict[str, int | str]]) -> Callable[[Picture], Page]:
    """Opens a page as whoever it is for; each person signs in once."""
    address, numbers = demonstration
    sessions: dict[str, object] = {}

    def open_page(picture: Picture) -> Page:
        context = browser.new_context(
            base_url=address, viewport=PHONE if picture.phone else DESKTOP,
            locale="zh-CN" if picture.chinese else "en-GB", timezone_id="Asia/Shanghai",
            storage_state=sessions.get(picture.who),
        )  # fmt: skip
        page = context.new_page()
        if picture.who not in sessions:
            page.goto("/sign-in")
            page.locator("input[type=email]").fill(picture.who)
            page.locator("input[type=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            sessions[picture.who] = context.storage_state()
        page.goto(f"/language/{'zh_Hans_CN' if picture.chinese else 'en'}?next=/healthz")
        answer = page.goto(picture.address.format(**numbers))
        assert answer is not None and answer.status == 200, f"{picture.address}: {answer and answer.status}"
        page.wait_for_load_state("networkidle")
        return page

    return open_page


@pytest.mark.xdist_group("pictures")
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_picture_is_a_page_as_it_is(
    picture: Picture, visit: Callable[[Picture], Page], pytestconfig: pytest.Config
) -> None:
    page = visit(picture)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{picture.address} is {wide} px wider than the screen"
    if pytestconfig.getoption("pictures"):
        page.screenshot(path=FOLDER / f"{picture.name}.png", full_page=picture.full)
    page.context.close()


def test_documents_show_these_pictures_and_no_others() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for each in documents for name in IN_A_DOCUMENT.findall(each.read_text(encoding="utf-8"))}
    made = {picture.name for picture in PICTURES}
    kept = {file.stem for file in FOLDER.glob("*.png")}
    assert shown == made == kept
