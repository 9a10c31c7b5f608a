"""An application whose one page shows every widget, with invented data, for the tests that look at widgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.serving import make_server

from app import create_app
from instruments.timespan import Timespan
from instruments.web.access import public
from instruments.web.strip import strip_paths

ZONE = "Asia/Shanghai"
DAYS = [date(2026, 11, 23) + timedelta(days=count) for count in range(7)]


def at(day: int, hour: float) -> datetime:
    """A moment of November 2026 in Xi'an."""
    return datetime(2026, 11, day, tzinfo=ZoneInfo(ZONE)) + timedelta(hours=hour)


def spans() -> list[dict[str, Any]]:
    """A week with every state of time in it."""
    drawn = [(day, 8, 21, "open", "") for day in range(23, 28)] + [(28, 8, 13, "open", "")]
    drawn += [
        (23, 8.5, 11, "booked", ""),
        (23, 17, 20.5, "booked", ""),
        (24, 8, 12, "maintenance", "laser change"),
        (24, 16, 18, "yours", "16:00–18:00"),
        (26, 14, 16, "asked", "yours"),
        (27, 9, 15, "partly", "Maintenance · heater"),
        (27, 9, 15, "words", "Maintenance · heater"),
        (29, 0, 24, "closed", "Holiday"),
    ]
    return [
        {"start": at(day, start), "end": at(day, end), "state": state, "label": label}
        | ({"move": "/moved"} if state == "yours" else {})
        | ({"word": "2 of 8 places closed", "short": "2 of 8 closed"} if state in ("partly", "words") else {})
        for day, start, end, state, label in drawn
    ]


def _week() -> dict[str, Any]:
    week = {"days": DAYS, "zone": ZONE, "city": "Xi’an", "view": "calendar", "today": "/?from=2026-11-23"}
    week |= {"begins": at(23, 0), "ends": at(29, 23)}
    week |= {name: f"/?{name}" for name in ("previous", "next", "calendar", "list")}
    free = [
        {"span": Timespan(at(23, 14), at(23, 17)), "then": "booked until 20:30", "use": "/?use=1"},
        {"span": Timespan(at(25, 17.5), at(25, 21)), "then": "closed", "chosen": True},
    ]
    rows = [
        {"span": Timespan(at(25, 8), at(25, 9)), "state": "free", "use": "/?use=2"},
        {"span": Timespan(at(25, 9), at(25, 11.5)), "state": "booked"},
        {"span": Timespan(at(25, 17.5), at(25, 21)), "state": "free", "chosen": "18:30–21:00"},
    ]
    shares = (0.2, 0.35, 0.6, 0.1, 0.7, 0.3, 0)
    days = [
        {"date": day, "address": f"/?day={day}", "share": share, "here": day.day == 25}
        for day, share in zip(DAYS, shares, strict=True)
    ]
    chosen = Timespan(at(25, 18.5), at(25, 21))
    return {"week": week, "free": free, "rows": rows, "days": days, "chosen": chosen, "today": DAYS[0]}


def _found() -> dict[str, Any]:
    strip = [
        {"letter": f"{day:%a}"[0], "words": f"{day:%a}: {hours} h", "share": hours / 10, "closed": hours == 0}
        for day, hours in zip(DAYS, (2, 3, 5, 1, 8, 3, 0), strict=True)
    ]
    first = {
        "address": "/instruments/1",
        "name": "Laser micro-Raman spectrometer with low-temperature stage (4–500 K) and 325, 532, 785 nm 拉曼",
        "where": "State Key Laboratory of Photoelectric Functional Materials, Weishui University of Technology",
        "class_code": "010410",
        "traits": [("user", "I operate it"), ("map-pin", "Xi’an")],
        "free_label": "First free 2 h",
        "free": "Today 14:00–16:00",
        "soon": True,
        "strip": strip_paths(strip),
        "act": {"words": "Book 14:00", "address": "/instruments/1?from=14:00"},
    }
    nothing = first | {
        "name": "Raman",
        "address": "/2",
        "free": None,
        "soon": False,
        "act": None,
        "under": "not open to you",
    }
    option = {"value": "010410", "words": "Raman spectrometers", "count": 38, "checked": True}
    rest = [option | {"value": "9", "words": "Others", "checked": False}]
    groups = [{"name": "class", "legend": "Class", "options": [option], "rest": rest}]
    return {"found": [first, nothing], "groups": groups}


def make_app(folder: Path) -> Flask:
    """The application with the page of components at /components."""
    app = create_app(
        {"TESTING": True, "INSTANCE_PATH": str(folder), "SECRET_KEY": "components", "DEMONSTRATION": True}
    )
    own = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([own, app.jinja_loader])

    @app.get("/components")
    @public
    def components() -> str:
        return render_template("components.html", spans=spans(), **_week(), **_found())

    @app.get("/moved")
    @public
    def moved() -> str:
        return render_template("layout.html")

    @app.get("/components/week.json")
    @public
    def week_of_components() -> dict[str, Any]:
        ends = [
            span | {"start": span["start"].isoformat(), "end": span["end"].isoformat()} for span in spans()
        ]
        return {"zone": ZONE, "days": [str(day) for day in DAYS], "grid_minutes": 15, "spans": ends}

    return app


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the application on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
