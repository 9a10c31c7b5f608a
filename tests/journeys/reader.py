"""A person at the keyboard: reads the page in their language, moves by Tab, and never touches a mouse.

Words are given as the English text of the code, and looked for as this reader's page says them. Every page that opens is
looked at: by axe, for its width, and wherever the focus goes it must be seen.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask_babel import force_locale, gettext, ngettext
from playwright.sync_api import FileChooser, Locator, Page, expect

from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language
from tests.live import violations

FOCUS = (Path(__file__).parent / "focus.js").read_text(encoding="utf-8")
MOST_STOPS = 90
# A native date field has a stop for each of its parts and one for its picker; more on one spot is a trap.
MOST_ON_ONE = 6
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Native fields are written in the order of the browser's own language, whatever the page speaks.
WRITTEN_DAYS = ("%m%d%Y", "%d%m%Y", "%Y%m%d")
WRITTEN_TIMES = ("%I%M%p", "%H%M")


def day_after(days: int) -> date:
    """A day so many from now, on the wall in Shanghai."""
    return datetime.now(SHANGHAI).date() + timedelta(days=days)


def hours_of(day: date, first: int, last: int) -> Timespan:
    """From one full hour to another of a day in Shanghai."""
    return Timespan(*(datetime.combine(day, time(hour), SHANGHAI) for hour in (first, last)))


class Reader:
    """One person with a browser of their own."""

    def __init__(self, page: Page, language: str, *, phone: bool) -> None:
        self.page, self.language, self.phone = page, language, phone
        # Somebody listens all the time: a listener that comes and goes with each file may come after the key.
        page.on("filechooser", lambda _: None)

    # --- What is read

    def words(self, *english: str, **values: Any) -> str:
        """A text of the pages as this reader sees it; two texts are one and many of what is counted in `num`."""
        with force_locale(self.language):
            return gettext(*english, **values) if len(english) == 1 else ngettext(*english, **values)

    def name(self, row: Any) -> str:
        """The name of an instrument, a lab, … in this reader's language."""
        with force_locale(self.language):
            return in_language(row.name_en, row.name_zh)

    def currency(self, code: str) -> str:
        """A currency as it stands beside amounts."""
        with force_locale(self.language):
            return formats.currency_words(code)

    def when(self, span: Timespan) -> str:
        """A span as pages write it."""
        with force_locale(self.language):
            return formats.when(span, SHANGHAI.key)

    def length(self, hours: float) -> str:
        """A length as pages write it."""
        with force_locale(self.language):
            return formats.length(timedelta(hours=hours))

    def reads(self, *english: str, **values: Any) -> None:
        """These words stand on the page, to be seen."""
        words = self.words(*english, **values)
        expect(self.page.get_by_text(words).filter(visible=True).first).to_be_visible()

    def waits_until(self, *english: str, **values: Any) -> None:
        """These words stand on the page sooner or later, without a key being pressed."""
        words = self.words(*english, **values)
        expect(self.page.get_by_text(words).filter(visible=True).first).to_be_visible(timeout=20_000)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.looks()

    def looks(self) -> None:
        """Nothing on the page is wrong for people who cannot see, point or tell colours, and nothing is wider than the screen."""
        page = self.page
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} px wider than the screen"
        found = violations(page)
        assert not found, f"{page.url}: {found}"

    # --- Where one goes

    def in_another_tab(self) -> Reader:
        """The same person in the same browser, with a second page open."""
        return Reader(self.page.context.new_page(), self.language, phone=self.phone)

    def opens(self, address: str) -> None:
        """Type an address."""
        self.page.goto(address)
        self.looks()

    def reaches(self, target: Locator) -> None:
        """Press Tab until one of these has the focus, and see it all the way."""
        expect(target.filter(visible=True).first).to_be_visible()
        handles = target.filter(visible=True).element_handles()
        on, stays = "", 0
        for _ in range(MOST_STOPS):
            seen = self.page.evaluate(FOCUS, handles)
            assert not seen["wrong"], f"{self.page.url}: the focus is on {seen['on']}, and {seen['wrong']}"
            if seen["there"]:
                return
            on, stays = seen["on"], stays + 1 if seen["on"] == on else 0
            assert stays < MOST_ON_ONE or not on, f"{self.page.url}: the keyboard cannot leave {on}"
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: not reached by {MOST_STOPS} Tabs: {target}")

    def follows(self, *english: str, **values: Any) -> None:
        """Go where a link leads."""
        self.reaches(self._called("link", *english, **values))
        self._arrives(lambda: self.page.keyboard.press("Enter"))

    def presses(self, *english: str, **values: Any) -> None:
        """Press a button that sends a form."""
        self.reaches(self._called("button", *english, **values))
        self._arrives(lambda: self.page.keyboard.press("Enter"))

    def presses_named(self, english: str, name: str) -> None:
        """Press the button of the row that speaks of somebody or something."""
        self._takes_named("button", english, name)

    def follows_named(self, english: str, name: str) -> None:
        """Follow the link of the row that speaks of somebody or something."""
        self._takes_named("link", english, name)

    def _takes_named(self, role: Literal["link", "button"], english: str, name: str) -> None:
        spoken = re.compile(f"^{re.escape(self.words(english))}(: |：| ){re.escape(name)}(, .+)?$")
        self.reaches(self.page.get_by_role(role, name=spoken))
        self._arrives(lambda: self.page.keyboard.press("Enter"))

    def skips_to(self, english: str) -> None:
        """Take one of the links at the head of the page that skip what comes before."""
        self.reaches(self._called("link", english))
        self.page.keyboard.press("Enter")

    def unfolds(self, english: str) -> None:
        """Open what is folded away, if it is."""
        summary = self.page.locator("summary").filter(has_text=self.words(english)).filter(visible=True)
        if summary.count() and not summary.first.evaluate("summary => summary.parentElement.open"):
            self.reaches(summary)
            self.page.keyboard.press("Enter")

    def goes_to(self, english: str) -> None:
        """Choose a word of the bar, which phones keep in the menu."""
        bar = self.page.locator(".bar")
        if self.phone:
            self.reaches(bar.locator("summary"))
            self.page.keyboard.press("Space")
        self.reaches(bar.get_by_role("link", name=self.words(english), exact=True))
        self._arrives(lambda: self.page.keyboard.press("Enter"))

    def _called(self, role: Literal["link", "button", "checkbox"], *english: str, **values: Any) -> Locator:
        return self.page.get_by_role(role, name=self.words(*english, **values), exact=True)

    def _arrives(self, deed: Callable[[], None]) -> None:
        with self.page.expect_navigation(wait_until="load"):
            deed()
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.looks()

    # --- What is filled in

    def field(self, english: str) -> Locator:
        """The field with this label; "(optional)" may stand behind it."""
        label = self.words(english)
        optional = f"{label} {self.words('(optional)')}"
        exactly = self.page.get_by_label(label, exact=True)
        return exactly.or_(self.page.get_by_label(optional, exact=True))

    def types(self, label: str, text: str) -> None:
        """Write into a field, over what stands there."""
        self.reaches(self.field(label))
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def types_day(self, label: str, day: date) -> None:
        """Write a day into a native field, part by part."""
        self._types_parts(label, (day.strftime(order) for order in WRITTEN_DAYS), day.isoformat())

    def types_time(self, label: str, hour: int, minute: int = 0) -> None:
        """Write a time into a native field."""
        moment = time(hour, minute)
        self._types_parts(label, (moment.strftime(order) for order in WRITTEN_TIMES), f"{moment:%H:%M}")

    def _types_parts(self, label: str, attempts: Iterator[str], meant: str) -> None:
        field = self.field(label)
        for attempt in attempts:
            self.reaches(field)
            self.page.keyboard.type(attempt)
            if field.input_value() == meant:
                return
            while field.evaluate("field => field === document.activeElement"):
                self.page.keyboard.press("Shift+Tab")
        raise AssertionError(f"{label}: typed {meant}, and it says “{field.input_value()}”")

    def ticks(self, english: str) -> None:
        """Tick a box."""
        box = self._called("checkbox", english)
        self.reaches(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def ticks_named(self, english: str, name: str) -> None:
        """Tick the box of the row that begins with somebody or something."""
        box = self.page.get_by_role(
            "checkbox", name=re.compile(f"^{re.escape(self.words(english))} {re.escape(name)}")
        )
        self.reaches(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def chooses(self, label: str, english: str) -> None:
        """Choose one of a list, with the arrows."""
        field, words = self.field(label), self.words(english)
        self.reaches(field)
        options = field.locator("option").all_inner_texts()
        self.page.keyboard.press("Home")
        for _ in range(options.index(words)):
            self.page.keyboard.press("ArrowDown")
        expect(field.locator("option:checked")).to_have_text(words)

    @contextlib.contextmanager
    def asked_for_a_file(self, label: str) -> Iterator[FileChooser]:
        """Open the system's own window that asks for a file."""
        self.reaches(self.field(label))
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Space")
        yield asked.value

    def downloads(self, english: str) -> bytes:
        """Take home what a link leads to."""
        self.reaches(self._called("link", english))
        with self.page.expect_download() as taken:
            self.page.keyboard.press("Enter")
        return taken.value.path().read_bytes()

    # --- Coming in

    def signs_in(self, mail: str, password: str) -> None:
        """By the form, which has the focus in its first field."""
        self.types("E-mail", mail)
        self.types("Password", password)
        self._arrives(lambda: self.page.keyboard.press("Enter"))
