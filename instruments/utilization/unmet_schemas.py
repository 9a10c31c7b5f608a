"""The shape of what was looked for in vain on the wire, as the OpenAPI document shows it."""

from __future__ import annotations

from pydantic import BaseModel

from instruments.web.shapes import AnId


class WishOut(BaseModel):
    """What searches and the waitlist sought of a class in a place and did not find.

    `class_code` is null for any class, `place_id` (an institution) for anywhere, or anywhere in `city`.
    """

    class_code: str | None
    name_en: str
    name_zh: str
    place_id: AnId | None
    place_en: str
    place_zh: str
    city: str
    times: int
    hours: str
