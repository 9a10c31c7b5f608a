"""Fixtures for what needs the real thing: a server of several processes, and a browser that watches for complaints."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import chromium
from tests.databases import Database

ROOT = Path(__file__).parent.parent
START_SECONDS = 90
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# How pages are looked at: both languages, widths and appearances once. What a page does is seen in one of the two.
VIEWS = {"english-desktop": ("en", 1440, "light"), "chinese-dark-phone": ("zh_Hans_CN", 360, "dark")}
DRAWN = (Path(__file__).parent / "drawn.js").read_text(encoding="utf-8")
AXE = """options => axe.run(options).then(found => found.violations)"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(database: Database) -> dict[str, str]:
    """What tells a process of ours to work on this database."""
    return {
        **os.environ,
        "DATABASE_URL": database.url,
        "SECRET_KEY": "tests",
        "FILES_DIR": str(database.folder / "files"),
        "INSTANCE_DIR": str(database.folder),
        "RATE_LIMITS": "off",
        "PASSWORD_COST": "low",
    }


def start_server(database: Database, workers: int, **more: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server on this database, as production starts it; the process and its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = environment_of(database) | {"PORT": str(port), "BASE_URL": address} | more
    command = [sys.executable, "-m", "instruments.web.serving", "--workers", str(workers)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                return process, address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the server did not start on {address}")


def end_server(process: subprocess.Popen[bytes]) -> None:
    """Stop it as an operator would."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def serving(database: Database) -> Iterator[str]:
    """The address of a server of two processes, kept for the session; tests take `server`."""
    process, address = start_server(database, workers=2)
    yield address
    end_server(process)


@pytest.fixture(scope="module")
def worker(database: Database) -> Iterator[None]:
    """The job worker beside the server, for one file: what it writes by itself would disturb the others."""
    command = [sys.executable, "-m", "flask", "--app", "app", "jobs", "work"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment_of(database), stdin=subprocess.DEVNULL)
    yield
    end_server(process)


@pytest.fixture
def server(serving: str, app: Flask) -> str:
    """The address of a live server on an empty database; `world` fills it."""
    return serving


# --- The browser ----------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what a browser draws to SQLite: pages are drawn alike on both databases, and their requests are tested on each.

    What is marked `on_both` runs on PostgreSQL too, and all of it does where PostgreSQL alone is asked for.
    """
    if config.getoption("database") != "both":
        return
    left_out = [item for item in items if _only_drawn(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _only_drawn(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    on_postgresql = callspec is not None and callspec.params.get("database") == "postgresql"
    return on_postgresql and "browser" in item.fixturenames and item.get_closest_marker("on_both") is None  # type: ignore[attr-defined]  # a function has them


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window."""
    executable = chromium.find()
    if executable is None:
        pytest.fail(chromium.SENTENCE, pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(FLAGS), headless=True)
        yield started
        started.close()


# That a page answered 4xx is the test's own business; a question that a newer one takes the place of is no fault.
EXPECTED = ("Failed to load resource: the server responded", "htmx:sendAbort,", "htmx:afterRequest,")


class Complaints(list[str]):
    """What a browser complains about while it shows our pages: refused content, broken scripts."""

    def watch(self, page: Page) -> None:
        """Collect from this page."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.append(f"script: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            where = message.location
            self.append(f"console: {message.text} ({where['url']}:{where['lineNumber']})")


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each like a browser of its own: new_page(viewport=PHONE, locale="zh-CN", java_script_enabled=False).

    The test fails if any of them reports a refused resource (Content-Security-Policy) or an error of a script.
    """
    contexts: list[BrowserContext] = []
    complaints = Complaints()

    def make(**options: Any) -> Page:
        values = {
            "base_url": server,
            "viewport": DESKTOP,
            "locale": "en-GB",
            "timezone_id": "Asia/Shanghai",
        } | options
        context = browser.new_context(**values)
        context.set_default_timeout(10_000)
        context.on("page", complaints.watch)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest, new_page: Callable[..., Page], server: str) -> Callable[[], Page]:
    """Opens pages in both ways of VIEWS, or in the one that `at_a_desk` or `on_a_phone` names."""
    language, width, colours = VIEWS[request.param]

    def make() -> Page:
        page = new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
        page.context.add_cookies([{"name": "language", "value": language, "url": server}])
        return page

    return make


at_a_desk = pytest.mark.parametrize("view", ["english-desktop"], indirect=True)
on_a_phone = pytest.mark.parametrize("view", ["chinese-dark-phone"], indirect=True)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One desktop page in English."""
    return new_page()


_sound: set[str] = set()


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page for people who cannot see, point or tell colours: none is the mark.

    A page that is drawn like one that was found sound in this process is sound: axe is by far the dearest part of a look.
    """
    drawn = page.evaluate(DRAWN)
    if drawn in _sound:
        return []
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    # Style sheets are not read beforehand: only a rule that we do not ask for needs them.
    found = page.evaluate(AXE, {"runOnly": WCAG, "resultTypes": ["violations"], "preload": False})
    if not found:
        _sound.add(drawn)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}" for rule in found for node in rule["nodes"]
    ]


def faults(page: Page) -> list[str]:
    """What is wrong with what is shown now: what axe finds, and that it is wider than the screen."""
    # A press that leads elsewhere ends when the answer begins, which is before there is anything to measure.
    page.wait_for_load_state("domcontentloaded")
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return violations(page) + (["wider than the screen"] if too_wide else [])


def press_to(page: Page, wanted: str, most: int = 90) -> None:
    """Tab on until this element has the focus."""
    for _ in range(most):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by keyboard")


def sign_in_page(page: Page, app: Flask, person: Any) -> None:
    """Give the browser the session that signing in leaves behind, without the form."""
    serializer = app.session_interface.get_signing_serializer(app)
    value = serializer.dumps({"_user_id": f"{person.id}.{person.session_key}", "_fresh": True})
    page.context.add_cookies([{"name": "session", "value": value, "domain": "127.0.0.1", "path": "/"}])
