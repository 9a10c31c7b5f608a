"""What the documents show: each picture's name, whose page it is, and how it is looked at."""

from __future__ import annotations

from typing import NamedTuple

MANAGER = "chen.moni@qinling.example"
RESEARCHER = "lin.shili@qinling.example"


class Picture(NamedTuple):
    """A page of the demonstration: who opens it, at which address, on what kind of screen.

    `{lab}` and `{instrument}` in an address are those that the manager answers for.
    """

    name: str
    address: str
    who: str = MANAGER
    phone: bool = False
    chinese: bool = False
    full: bool = False


PICTURES = (
    Picture("search", "/", RESEARCHER),
    Picture("labs-closures", "/labs/{lab}/closures"),
    Picture("labs-approvals", "/labs/{lab}/approvals"),
    Picture("labs-rules", "/labs/{lab}/rules"),
    Picture("labs-calendars", "/labs/{lab}/calendars"),
    Picture("labs-home-phone", "/home", phone=True, chinese=True),
)
