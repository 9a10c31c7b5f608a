"""Print a document: from what it says to the bytes of a PDF, the same bytes for the same words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import local

import orjson
import typst

from instruments.documents.paper import Paper, as_data

LAYOUT = Path(__file__).parent / "paper.typ"
# The whole families in two weights: the small subsets made for pages lack a thousand characters of GB 2312.
FONTS = Path(__file__).parents[2] / "static" / "node_modules" / "@expo-google-fonts"
FAMILIES = ("noto-sans", "noto-sans-sc")
WEIGHTS = ("400Regular", "700Bold")

_own = local()


def pdf_of(paper: Paper) -> bytes:
    """The document as a PDF with its fonts in it; what people wrote is set as text and never read as markup."""
    data = orjson.dumps(as_data(paper)).decode()
    return _compiler().compile(format="pdf", sys_inputs={"paper": data}, timestamp=0)


def _compiler() -> typst.Compiler:
    """One for each thread: to make one reads the fonts, which takes as long as a document."""
    found: typst.Compiler | None = getattr(_own, "compiler", None)
    if found is None:
        found = _own.compiler = typst.Compiler(
            LAYOUT, root=LAYOUT.parent, font_paths=_font_folders(), ignore_system_fonts=True
        )
    return found


@lru_cache(maxsize=1)
def _font_folders() -> list[Path]:
    """Where the fonts lie. Raises FileNotFoundError where the front-end packages are not installed."""
    folders = [FONTS / family / weight for family in FAMILIES for weight in WEIGHTS]
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is missing: run `make environment`")
    return folders
