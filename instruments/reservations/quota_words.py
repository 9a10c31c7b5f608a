"""A quota in words, as sentences that every reader sees in their language: pure."""

from __future__ import annotations

from datetime import timedelta

from instruments.errors import N_, Reason
from instruments.reservations.quotas import Quota

_PERIODS = {
    "day": N_("a day"), "week": N_("a week"), "month": N_("a month"), "year": N_("a year"),
    "future": N_("held in future"),
}  # fmt: skip
_HOLDERS = {
    "person": N_("per person"),
    "group": N_("per group"),
    "institution": N_("per institution"),
}
_SCOPES = {
    ("instrument", "instrument"): N_("on this instrument"),
    ("lab", "instrument"): N_("on each instrument of the lab"),
    ("lab", "class"): N_("on the lab’s instruments of this kind"),
    ("lab", "lab"): N_("in this lab"),
    ("institution", "instrument"): N_("on each instrument of the institution"),
    ("institution", "class"): N_("on the institution’s instruments of this kind"),
    ("institution", "lab"): N_("in each lab"),
    ("institution", "catalogue"): N_("in all labs of the institution"),
}
CIRCLES = {
    "lab": N_("members of its own lab"),
    "institution": N_("members of its own institution"),
    "partners": N_("other universities and institutes"),
    "companies": N_("companies"),
}


def amount_of(quota: Quota, value: int) -> object:
    """So many hours or reservations, as a sentence shows it."""
    if quota.measured == "hours":
        hours, seconds = divmod(value, 3600)
        if seconds:
            return Reason(
                "hours", None, N_("%(hours)s h %(minutes)s min"), {"hours": hours, "minutes": seconds // 60}
            )
        return Reason("hours", None, N_("%(hours)s h"), {"hours": hours})
    return Reason(
        "count",
        None,
        N_("%(count)s reservations") if value != 1 else N_("%(count)s reservation"),
        {"count": value},
    )


def in_words(quota: Quota) -> Reason:
    """What it allows: "20 h a week per group in this lab"."""
    sentence = (
        N_("%(amount)s %(per)s %(holder)s %(over)s, in peak time")
        if quota.peak
        else N_("%(amount)s %(per)s %(holder)s %(over)s")
    )
    values = {
        "amount": amount_of(quota, quota.most),
        "per": Reason("per", None, _PERIODS[quota.per]),
        "holder": Reason("holder", None, _HOLDERS[quota.holder]),
        "over": Reason("over", None, _SCOPES[quota.owner, quota.over]),
    }
    return Reason("quota", None, sentence, values)


def in_short(quota: Quota) -> Reason:
    """Only how much in which period: "20 h a week"."""
    values = {"amount": amount_of(quota, quota.most), "per": Reason("per", None, _PERIODS[quota.per])}
    return Reason("quota", None, N_("%(amount)s %(per)s"), values)


def besides(quota: Quota, zone: str) -> list[Reason]:
    """What else belongs to it: who it is for, what is exempt, and its dates."""
    found = []
    if quota.short_notice:
        values: dict[str, object] = {"notice": timedelta(seconds=quota.short_notice)}
        sentence = N_("free time booked less than %(notice)s before its start does not count")
        found.append(Reason("short_notice", None, sentence, values))
    if quota.season_name:
        found.append(Reason("season", None, N_("only in %(season)s"), {"season": quota.season_name}))
    if quota.valid_to:
        found.append(Reason("valid_to", None, N_("until %(last)s"), {"last": quota.valid_to, "zone": zone}))
    return found
