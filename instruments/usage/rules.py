"""How a lab keeps its uses: whether one checks in, how long one may be late, when a session ends by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from instruments.errors import N_, Reason
from instruments.timespan import Pair
from instruments.usage.kinds import ASSUMED, CHECK_INS, DAY_LONG, OFF, OUTSIDE, REQUIRED, SELF
from instruments.usage.settling import Settled

FIELDS = ("check_in", "grace_minutes", "end_after_minutes", "longest_minutes", "confirm_days", "walk_up")
LIMITS: Mapping[str, Pair] = {
    "grace_minutes": (5, 1440),
    "end_after_minutes": (0, 1440),
    "longest_minutes": (30, 44640),
    "confirm_days": (1, 60),
}
A_DAY = 86_400
# How long before its start a reservation may be checked in, and how far from it a report is believed, in seconds.
EARLY = 30 * 60
FAR = 12 * 3600
# How long what was done by one tap can be taken back by another, in seconds.
UNDO = 15 * 60


@dataclass(frozen=True, slots=True)
class UsageRules:
    """What holds for the uses of an instrument.

    grace_minutes: how late one may be where check-in is required; end_after_minutes: how long after the reserved end a
    forgotten session ends; longest_minutes: after which any session does; confirm_days: after which a use that nobody
    looked at confirms itself; walk_up: whether who is qualified may use it without a reservation while it is free.
    """

    check_in: str = OFF
    grace_minutes: int = 15
    end_after_minutes: int = 30
    longest_minutes: int = 1440
    confirm_days: int = 7
    walk_up: bool = False

    def replaced_by(self, own: Mapping[str, object]) -> UsageRules:
        """The same, with what somebody sets instead; None leaves it."""
        return replace(self, **{name: value for name, value in own.items() if value is not None})  # type: ignore[arg-type]  # names and kinds of FIELDS

    @property
    def is_required(self) -> bool:
        """Whether who does not check in loses the time."""
        return self.check_in == REQUIRED

    def released_at(self, start: int) -> int:
        """When the grace of a reservation is over."""
        return start + self.grace_minutes * 60

    def forgotten_at(self, started: int, reserved_until: int | None) -> int:
        """When a session that nobody ends is ended: after its reserved end, and never longer than the longest."""
        limit = started + self.longest_minutes * 60
        if reserved_until is None:
            return limit
        return min(limit, max(started + 60, reserved_until + self.end_after_minutes * 60))

    def confirm_by(self, ended: int) -> int:
        """When it confirms itself."""
        return ended + self.confirm_days * A_DAY


def objections(wanted: Mapping[str, object]) -> Iterator[Reason]:
    """Every reason against such settings."""
    if wanted.get("check_in") not in (None, *CHECK_INS):
        yield Reason("check_in", "check_in", N_("Choose off, optional or required."))
    for field, (least, most) in LIMITS.items():
        value = wanted.get(field)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            sentence = N_("Write a whole number from %(least)s to %(most)s.")
            yield Reason("not_within", field, sentence, {"least": least, "most": most})


def is_plain(
    settled: Settled, mode: str, operator_minutes: int, samples: int | None, *, by_sample: bool
) -> bool:
    """Whether nothing of a use waits for a person's eyes: all its hours were reported, the lab owes none of them, and what
    its price counts is said. by_sample: whether that counts samples.
    """
    reported = bool(settled.mix) and ASSUMED not in settled.mix and not settled.not_charged
    return reported and (mode == SELF or operator_minutes > 0) and (samples is not None or not by_sample)


def doubts(settled: Settled, reserved: Pair | None) -> list[str]:
    """Why a use should wait for a person, as far as its own hours say so: the codes of flags."""
    found = []
    if any(end - start >= A_DAY for start, end in settled.used):
        found.append(DAY_LONG)
    if reserved and any(end < reserved[0] - FAR or start > reserved[1] + FAR for start, end in settled.used):
        found.append(OUTSIDE)
    return found
