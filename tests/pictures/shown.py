"""What the documents show: each picture's name, whose page it is, and how it is looked at."""

from __future__ import annotations

from typing import NamedTuple

MANAGER = "chen.moni@qinling.example"
INSTITUTION_MANAGER = "zhou.nishe@qinling.example"
RESEARCHER = "lin.shili@qinling.example"
GROUP_HEAD = "zhao.jiashe@qinling.example"
FINANCE = "zheng.shisuan@qinling.example"


class Picture(NamedTuple):
    """A page of the demonstration: who opens it, at which address, on what kind of screen.

    `{lab}`, `{institution}` and `{instrument}` in an address are those that the lab manager answers for; `{prices}` are
    those that its lab proposes, `{charge}` is what the researcher disputes, `{group}` that of the group head, `{statement}`
    one of its, `{month}` the last one that is open; `{report}` is a draft of service records.
    """

    name: str
    address: str
    who: str = MANAGER
    phone: bool = False
    chinese: bool = False
    full: bool = False


PICTURES = (
    Picture("search", "/", RESEARCHER),
    Picture("labs-home-phone", "/home", phone=True, chinese=True),
    Picture("labs-hours", "/labs/{lab}/hours"),
    Picture("labs-year", "/institutions/{institution}/holidays", INSTITUTION_MANAGER),
    Picture("labs-many", "/catalog/change?lab={lab}"),
    Picture("labs-closures", "/labs/{lab}/closures"),
    Picture("labs-approvals", "/labs/{lab}/approvals"),
    Picture("labs-waitlist", "/waitlist", RESEARCHER),
    Picture("labs-rules", "/labs/{lab}/rules"),
    Picture("labs-violations", "/labs/{lab}/violations"),
    Picture("labs-qualifications", "/labs/{lab}/qualifications"),
    Picture("labs-prices", "/price-versions/{prices}"),
    Picture("labs-today", "/labs/{lab}/today"),
    Picture("labs-here-phone", "/instruments/{instrument}/here", RESEARCHER, phone=True),
    Picture("labs-calendars", "/labs/{lab}/calendars"),
    Picture("charge", "/charges/{charge}", RESEARCHER),
    Picture("group-costs-phone", "/groups/{group}/charges", GROUP_HEAD, phone=True, chinese=True),
    Picture("month-end", "/institutions/{institution}/months/{month}", FINANCE),
    Picture("statement", "/statements/{statement}", GROUP_HEAD),
    Picture("utilization", "/utilization", INSTITUTION_MANAGER),
    Picture("report", "/reports/{report}", INSTITUTION_MANAGER),
)
