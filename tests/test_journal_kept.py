"""What the database itself refuses of the journal, written to directly as anybody could."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from instruments.database import db


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE journal_entry SET deed = 'lab.made'", "journal_entry_unchanged"),
        ("UPDATE journal_entry SET actor_id = 7, detail = '{}'", "journal_entry_unchanged"),
        ("UPDATE journal_entry SET deed = deed", "journal_entry_unchanged"),
        ("DELETE FROM journal_entry", "journal_entry_kept"),
    ],
)
def test_what_was_done_stays_in_the_journal(app, statement: str, name: str) -> None:
    told = "INSERT INTO journal_entry (at, deed, thing_kind, thing_id, detail) VALUES (1, 'lab.renamed', 'lab', 1, '{}')"
    db.session.execute(text(told))
    db.session.commit()
    with pytest.raises(IntegrityError, match=name):
        db.session.execute(text(statement))
    db.session.rollback()
    assert db.session.scalar(text("SELECT deed FROM journal_entry")) == "lab.renamed"
