"""The template's page in the docs says what the code does."""

from __future__ import annotations

from pathlib import Path

from instruments.catalog.template_notes import notes

PAGE = Path(__file__).parent.parent.parent / "docs" / "catalog-template.md"


def test_every_column_is_in_the_docs() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for row in notes():
        assert "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" in page
