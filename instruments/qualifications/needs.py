"""What an instrument asks of its user, and what of it somebody lacks: levels, safety admission, two people. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from instruments.errors import N_, Reason
from instruments.timespan import Pair

# Each includes the ones before it.
LEVELS = ("assisted", "independent", "night")
LEVEL_WORDS: Mapping[str, str] = {
    "assisted": N_("with assistance"),
    "independent": N_("independent use"),
    "night": N_("use at night"),
}
SATURDAY = 5
# As the number of a second person: somebody was named of whom there is no account.
NOBODY = 0


def rank(level: str) -> int:
    """The place of a level among them; 0 for none."""
    return LEVELS.index(level) + 1 if level in LEVELS else 0


def level_value(level: str) -> Reason:
    """A level as a value of a sentence."""
    return Reason("level", None, LEVEL_WORDS[level])


@dataclass(frozen=True, slots=True)
class Night:
    """The hours outside those that the lab is staffed, on its wall: daily from one minute of the day to another.

    days_off: Saturdays, Sundays and the days on which the institution is closed count as night, too; not the days
    that are worked to make up for others.
    """

    first: int
    last: int
    days_off: bool = False

    def touches(
        self, span: Pair, zone: tzinfo, closed: Collection[date] = (), worked: Collection[date] = ()
    ) -> bool:
        """Whether some of a span in UTC seconds lies in it."""
        start, end = span
        day = datetime.fromtimestamp(start, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(end, zone).date()
        while day <= last:
            if any(first < end and start < until for first, until in self._on(day, zone, closed, worked)):
                return True
            day += timedelta(days=1)
        return False

    def _on(
        self, day: date, zone: tzinfo, closed: Collection[date], worked: Collection[date]
    ) -> Iterator[Pair]:
        """The spans that begin on a local date."""
        following = day + timedelta(days=1)
        yield (
            _moment(day, self.first, zone),
            _moment(day if self.first < self.last else following, self.last, zone),
        )
        if self.days_off and (day in closed or (day.weekday() >= SATURDAY and day not in worked)):
            yield _moment(day, 0, zone), _moment(following, 0, zone)


def _moment(day: date, minute: int, zone: tzinfo) -> int:
    wall = datetime.combine(day, time(minute // 60 % 24, minute % 60), zone)
    return int(wall.timestamp())


@dataclass(frozen=True, slots=True)
class Needs:
    """What one instrument asks of whoever uses it. Empty levels ask for none; at night the higher of both counts.

    techniques: those that it belongs to, a qualification for any of which counts here.
    """

    instrument_id: int
    institution_id: int
    lab_id: int
    techniques: frozenset[int] = frozenset()
    level: str = ""
    night_level: str = ""
    night: Night | None = None
    admission: bool = False
    two_at_night: bool = False
    two_if_hazardous: bool = False

    @property
    def asks_levels(self) -> bool:
        """Whether a qualification is ever needed."""
        return bool(self.level or self.night_level)

    @property
    def asks_two(self) -> bool:
        """Whether two people must ever be present."""
        return self.two_at_night or self.two_if_hazardous

    def level_at(self, at_night: bool) -> str:
        """The level needed; empty for none."""
        return max(self.level, self.night_level if at_night else "", key=rank)


class Held(NamedTuple):
    """A qualification that was granted and not taken back, for an instrument or a technique."""

    instrument_id: int | None
    technique_id: int | None
    level: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person has: qualifications, and by institution the day to which a safety admission lasts."""

    held: tuple[Held, ...] = ()
    admissions: Mapping[int, date] = field(default_factory=dict)

    def counting(self, needs: Needs) -> list[Held]:
        """The qualifications that count on an instrument."""
        return [
            each
            for each in self.held
            if each.instrument_id == needs.instrument_id or each.technique_id in needs.techniques
        ]

    def level_on(self, needs: Needs, day: date) -> str:
        """The highest level held for an instrument on a date; empty for none."""
        lasting = (each.level for each in self.counting(needs) if not _is_over(each.expires_on, day))
        return max(lasting, key=rank, default="")


@dataclass(frozen=True, slots=True)
class Use:
    """A time for which somebody wants an instrument, on the wall of its lab.

    second_id: the other person who will be present, NOBODY where whoever was named has no account.
    """

    span: Pair
    zone: tzinfo
    closed: Collection[date] = ()
    worked: Collection[date] = ()
    hazardous: bool = False
    user_id: int = 0
    second_id: int | None = None

    @property
    def day(self) -> date:
        """The last local date of it: what lasts to that day lasts for all of it."""
        return datetime.fromtimestamp(self.span[1] - 1, self.zone).date()


def lacking(
    needs: Needs, use: Use, user: Standing, second: Standing | None = None, *, is_staff: bool = False
) -> list[Reason]:
    """Everything that the instrument asks and its user lacks: the admission first, then the qualification, then the
    second person.

    is_staff: they run the lab, so they grant its qualifications and need none; all else holds for them, too.
    second: what the second person has, None where none was named or found.
    """
    at_night = needs.night is not None and needs.night.touches(use.span, use.zone, use.closed, use.worked)
    reasons: list[Reason] = []
    if needs.admission:
        reasons += _admission(needs, use, user)
    if not is_staff:
        reasons += _level(needs, use, user, at_night)
    two = (needs.two_at_night and at_night) or (needs.two_if_hazardous and use.hazardous)
    if two or use.second_id is not None:
        reasons += _second(needs, use, second, at_night)
    return reasons


def has_to_be_assisted(needs: Needs | None, use: Use, user: Standing) -> bool:
    """Whether the user may only come when somebody of the lab assists, so that the lab is asked first."""
    if needs is None or needs.level != "assisted":
        return False
    return user.level_on(needs, use.day) == "assisted"


def _admission(needs: Needs, use: Use, user: Standing) -> Iterator[Reason]:
    until = user.admissions.get(needs.institution_id)
    fix = {"ask": "admission", "institution_id": needs.institution_id, "instrument_id": needs.instrument_id}
    if until is None:
        sentence = N_(
            "The safety admission of the institution is missing: it comes before any qualification."
        )
        yield Reason(
            "admission_missing", None, sentence, {}, N_("Ask for it: you are told of the exam."), fix
        )
    elif until < use.day:
        values = {"until": until, "day": use.day}
        sentence = N_("The safety admission ends on %(until)s, before %(day)s.")
        remedy = N_("Ask for its renewal, or book until then.")
        yield Reason("admission_expires", None, sentence, values, remedy, fix)


def _level(needs: Needs, use: Use, user: Standing, at_night: bool) -> Iterator[Reason]:
    needed = needs.level_at(at_night)
    if not needed or rank(user.level_on(needs, use.day)) >= rank(needed):
        return
    fix = {"ask": "qualification", "instrument_id": needs.instrument_id, "level": needed}
    values: dict[str, object] = {"needed": level_value(needed), "day": use.day}
    enough = [each for each in user.counting(needs) if rank(each.level) >= rank(needed)]
    lasts = max((each.expires_on for each in enough if each.expires_on is not None), default=None)
    held = user.level_on(needs, use.day)
    if lasts is not None:
        sentence = N_("The qualification for this instrument ends on %(until)s, before %(day)s.")
        remedy = N_("Ask for its renewal, or book until then.")
        yield Reason("qualification_expires", None, sentence, {**values, "until": lasts}, remedy, fix)
    elif held:
        values["held"] = level_value(held)
        sentence, remedy = _too_low(at_night)
        yield Reason("level_too_low", None, sentence, values, remedy, fix)
    elif at_night and not needs.level:
        sentence = N_("At night this instrument is for those qualified for it: %(needed)s.")
        remedy = N_("Ask for it, or book at another time of the day.")
        yield Reason("not_qualified", None, sentence, values, remedy, fix)
    else:
        sentence = N_("This instrument is for those qualified for it: %(needed)s.")
        yield Reason("not_qualified", None, sentence, values, N_("Ask the lab for it."), fix)


def _too_low(at_night: bool) -> tuple[str, str]:
    if at_night:
        sentence = N_("At this time of the day %(needed)s is needed; you are qualified here for %(held)s.")
        return sentence, N_("Ask for it, or book at another time of the day.")
    return N_("%(needed)s is needed; you are qualified here for %(held)s."), N_("Ask the lab for it.")


def _second(needs: Needs, use: Use, second: Standing | None, at_night: bool) -> Iterator[Reason]:
    why = (
        N_("At this time of the day two people must be present.")
        if needs.two_at_night and at_night
        else N_("With hazardous samples two people must be present.")
    )
    # For whoever looks for another time: with hazardous samples none helps.
    values: dict[str, object] = {"hazardous": use.hazardous, "day": use.day}
    if use.second_id is None:
        remedy = N_("Name the second person by mail address.")
        yield Reason("second_missing", "second_person", why, values, remedy)
    elif use.second_id == use.user_id:
        sentence = N_("The second person must be somebody other than the user.")
        yield Reason("second_is_user", "second_person", sentence, values)
    elif second is None or (needs.asks_two and _unadmitted(needs, use, second)):
        # One sentence for both, so that nobody learns who has an account.
        sentence = N_("The second person needs an account here and, on %(day)s, the safety admission.")
        remedy = N_("Name somebody else, or check the mail address.")
        yield Reason("second_unfit", "second_person", sentence, values, remedy)


def _unadmitted(needs: Needs, use: Use, second: Standing) -> bool:
    until = second.admissions.get(needs.institution_id)
    return until is None or until < use.day


def _is_over(expires_on: date | None, day: date) -> bool:
    return expires_on is not None and expires_on < day


def objections(
    *, level: str, night_level: str, night: Night | None, two_at_night: bool, has_times: bool
) -> Iterable[Reason]:
    """Why a rule cannot stand. has_times: both times of the night were given."""
    if level not in ("", "assisted", "independent"):
        yield Reason("level", "level", N_("Choose one of these."))
    if night_level not in ("", "independent", "night"):
        yield Reason("level", "night_level", N_("Choose one of these."))
    if (night_level or two_at_night) and not has_times:
        sentence = N_("Say from when until when it is night.")
        yield Reason("night_missing", "night_from", sentence, {}, N_("For example from 20:00 until 08:00."))
    if night is not None and night.first == night.last:
        yield Reason("night_empty", "night_until", N_("The night must end at another time than it begins."))
