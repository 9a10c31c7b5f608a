"""How a fund is called where it is chosen: by its name and its code, since several may have one name."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from instruments.web.language import in_language


def with_code(fund: Any) -> str:
    """In the reader's language; fund: whatever has code, name_en and name_zh."""
    return gettext("%(name)s (%(code)s)", name=in_language(fund.name_en, fund.name_zh), code=fund.code)
