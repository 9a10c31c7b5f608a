"""Spans of confirmed uses, set past the guard that keeps them: as if they had been reported so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from instruments.database import db
from instruments.demo.guards import aside
from instruments.usage.models import UseSpan


def reported_so(use_id: int, **values: Any) -> None:
    """The spans of a use say something else."""
    with aside(["use_span"]):
        db.session.execute(update(UseSpan).where(UseSpan.use_id == use_id).values(**values))
