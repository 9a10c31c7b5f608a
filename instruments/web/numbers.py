"""Numbers in addresses: one that no row can have is no address at all, on either database."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:…>` up to what 64 bits hold; a larger one is answered with 404 instead of an error of the database."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST} | options)


def init_app(app: Flask) -> None:
    """Use it in every route registered after this."""
    app.url_map.converters["int"] = RowNumber
