"""Numbers in addresses: one that no row can have is no address at all, on either database."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:…>` as far as rows are counted; a larger one is answered with 404, whatever the method."""

    # Told by length, not by value: Werkzeug takes a value that does not hold for a method that does not.
    regex = r"[0-9]{1,18}"


def init_app(app: Flask) -> None:
    """Use it in every route registered after this."""
    app.url_map.converters["int"] = RowNumber
