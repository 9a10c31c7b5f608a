"""The shape of the day on which records begin, as every answer of figures tells it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

RecordsBegin = Annotated[
    date | None,
    Field(
        description="The first day on which anything was reserved or used anywhere; of the days before, nothing is known."
    ),
]
