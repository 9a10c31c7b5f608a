"""Inlines lucide icons as SVG, and knows which icon stands for a class of instruments without a photo."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup

SOURCE = Path("node_modules/@iconify-json/lucide/icons.json")

# The longest prefix of the six-digit national class code wins.
CLASS_ICONS = {
    "01": "flask-conical",
    "0101": "microscope",
    "0102": "atom",
    "0103": "radiation",
    "0104": "activity",
    "0105": "chart-spline",
    "0106": "magnet",
    "0107": "zap",
    "0108": "microscope",
    "0109": "thermometer",
    "0110": "dna",
    "0111": "sprout",
    "0112": "pipette",
    "02": "gauge",
    "0202": "land-plot",
    "0203": "scan-eye",
    "0204": "audio-waveform",
    "0205": "circle-dot-dashed",
    "0206": "scan-search",
    "03": "ruler",
    "0302": "thermometer",
    "0303": "scale",
    "0304": "magnet",
    "0305": "clock",
    "0306": "audio-lines",
    "0307": "lightbulb",
    "0308": "radiation",
    "04": "activity",
    "0402": "radio",
    "0403": "radio-tower",
    "0404": "network",
    "0405": "cpu",
    "05": "ship",
    "06": "mountain",
    "0605": "activity",
    "07": "cloud",
    "0702": "wind",
    "0704": "radar",
    "08": "telescope",
    "09": "stethoscope",
    "0901": "test-tubes",
    "0902": "scan-heart",
    "0903": "heart-pulse",
    "10": "atom",
    "11": "scan-search",
    "12": "factory",
    "1201": "car",
    "1202": "beaker",
    "1203": "cpu",
    "1204": "drill",
    "1205": "shirt",
    "1206": "wheat",
    "13": "server",
    "1301": "computer",
    "1303": "app-window",
    "14": "sun-dim",
}
ANY_CLASS = "microscope"

# What all icons share stands once in site.css (.icon): a page of results inlines a hundred of them.
_SHARED = re.compile(
    r' (?:fill="none"|stroke="currentColor"|stroke-(?:linecap|linejoin)="round"|stroke-width="2")'
)
_GROUP = re.compile(r"^<g>(.*)</g>$", re.DOTALL)


class Icons:
    """The icon set, read once when the application starts."""

    def __init__(self, source: Path) -> None:
        with source.open(encoding="utf-8") as file:
            collection = json.load(file)
        self._bodies: dict[str, str] = {name: icon["body"] for name, icon in collection["icons"].items()}
        self._parents: dict[str, str] = {
            name: alias["parent"] for name, alias in collection["aliases"].items()
        }
        self.svg = lru_cache(maxsize=512)(self._svg)
        self.symbol = lru_cache(maxsize=512)(self._symbol)

    def _symbol(self, name: str, number: str) -> Markup:
        """The icon to be drawn once in a page and used by this id: lists that repeat few icons stay small."""
        return Markup('<symbol id="{}" viewBox="0 0 24 24">{}</symbol>').format(number, self._body(name))

    def _body(self, name: str) -> Markup:
        body = self._bodies[self._parents.get(name, name)]
        return Markup(_GROUP.sub(r"\1", _SHARED.sub("", body)))  # noqa: S704 - the icon set's own

    def _svg(self, name: str, size: int = 16, label: str | None = None) -> Markup:
        """The icon as inline SVG: hidden from assistive tools, or named when it stands alone."""
        body = self._body(name)
        heard = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        return Markup('<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" {1}>{2}</svg>').format(
            size,
            heard,
            Markup(body),  # noqa: S704 - the drawing of an installed icon, no text of anybody
        )

    def __contains__(self, name: str) -> bool:
        return self._parents.get(name, name) in self._bodies


def class_icon(code: str | None) -> str:
    """The icon's name for a national class code ("010410"), whole or its beginning."""
    for length in (4, 2):
        name = CLASS_ICONS.get((code or "")[:length])
        if name:
            return name
    return ANY_CLASS


def init_app(app: Flask) -> None:
    """Give templates `icon(name, size, label)`, `icon_symbol(name, id)` and `class_icon(code)`."""
    icons = Icons(Path(app.static_folder or "static") / SOURCE)
    app.jinja_env.globals.update(icon=icons.svg, icon_symbol=icons.symbol, class_icon=class_icon)
