"""Whether anybody works on months that are being issued: a worker that is gone is told, on the page and to who watches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from instruments.charges.closing_models import ISSUING, Closing
from instruments.database import db

# The worker looks every minute for what was begun, and a step takes seconds.
PATIENCE = timedelta(seconds=90)


def idle_since(closing: Any, now: datetime) -> datetime | None:
    """Since when nobody worked on a closing that is being issued; None while somebody does, or nothing is to do."""
    if closing.state != ISSUING:
        return None
    moved: datetime = closing.moved_at or closing.started_at
    return moved if now - moved > PATIENCE else None


def backlog(now: datetime) -> tuple[int, int]:
    """How many months are being issued, and for how many seconds none went on with the one that waits longest."""
    one = Closing
    asked = select(func.count(), func.min(func.coalesce(one.moved_at, one.started_at)))
    count, oldest = db.session.execute(asked.where(one.state == ISSUING)).one()
    return count, int((now - oldest).total_seconds()) if oldest else 0
