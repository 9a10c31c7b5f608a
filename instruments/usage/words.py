"""Uses in words: what speaks against them, what was done at which time, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_
from instruments.journal.record import history
from instruments.people.models import Person
from instruments.timespan import Pair, Timespan
from instruments.usage.customers_named import TOGETHER, Names
from instruments.usage.foreseeing import Lot
from instruments.usage.funding import FUNDING_SOURCES
from instruments.usage.kinds import (
    FLAGS,
    GRADE_WORDS,
    LAYER_WORDS,
    LAYERS,
    MODE_WORDS,
    NEAR_THEIR_TIME,
    RESERVATION,
    RUN,
)
from instruments.usage.settling import Settled
from instruments.web import formats
from instruments.web.language import in_language

KIND_WORDS: Mapping[str, str] = {
    "reservation": N_("By reservation"),
    "walk_up": N_("Walk-up"),
    "run": N_("Operator’s run"),
}
DEEDS: Mapping[str, str] = {
    "use.started": N_("Checked in"),
    "use.undone": N_("Check-in taken back"),
    "use.phase": N_("Went on to the next step"),
    "use.phase_undone": N_("Step taken back"),
    "use.extended": N_("Extended"),
    "use.extension_undone": N_("Extension taken back"),
    "use.finished": N_("Finished"),
    "use.ended": N_("Ended by the lab’s rule"),
    "use.taken_up_again": N_("Finish taken back"),
    "use.assumed": N_("Assumed as reserved"),
    "use.reported": N_("Reported by a device"),
    "use.reports_changed": N_("Reports changed its hours"),
    "use.reported_late": N_("A report came after it was confirmed"),
    "use.confirmed_anew": N_("Confirmed anew, with what was reported since"),
    "use.left_as_it_was": N_("Left as it was confirmed"),
    "use.merged": N_("Its reports proved to be of another use"),
    "use.described": N_("Described"),
    "use.user_named": N_("User named"),
    "use.recorded": N_("Recorded by the lab"),
    "use.corrected": N_("Hours corrected"),
    "use.confirmed": N_("Confirmed"),
    "use.amended": N_("What was counted amended"),
    "use.unconfirmed": N_("Confirmation taken back"),
}


def flag_words(flags: str) -> list[str]:
    """What speaks against a use, a sentence each."""
    return [gettext(FLAGS[code]) for code in flags.split() if code in FLAGS]


def used_by(row: Any, customers: Names = ()) -> str:
    """Whose a use or a reservation is: its user, those for whom a run was made, or that nobody knows yet."""
    if customers:
        return formats.listing(
            [gettext("Companies") if names == TOGETHER else in_language(*names) for names in customers]
        )
    if row.user_id is None:
        return gettext("Nobody known yet")
    return in_language(row.user_en, row.user_zh)


def lot_words(lot: Lot) -> str:
    """Whose a report is, and why; what waits for a person says so."""
    who = in_language(lot.name_en, lot.name_zh)
    if lot.why == NEAR_THEIR_TIME:
        words = gettext("Near %(who)s’s time, not in it: you look whose it was", who=who)
    elif lot.kind == RUN:
        words = gettext("Of an operator’s run")
    elif not who:
        words = gettext("Nobody reserved it: you say who it was")
    elif lot.kind == RESERVATION:
        words = gettext("Of %(who)s’s reservation", who=who)
    else:
        words = gettext("Of %(who)s, without a reservation", who=who)
    if lot.confirmed:
        return gettext("%(whose)s. It is confirmed: hours that it lacks do not count.", whose=words)
    return words


def layer_lines(found: Settled, zone: str) -> list[tuple[str, str]]:
    """What was done when: (layer, its spans with their length), in the order of the layers."""
    return [
        (
            gettext(LAYER_WORDS[layer]),
            gettext(
                "%(when)s (%(length)s)",
                when=spans_words(found.layers[layer], zone),
                length=length_words(found.layers[layer]),
            ),
        )
        for layer in LAYERS
        if found.layers.get(layer)
    ]


def spans_words(spans: Sequence[Pair], zone: str) -> str:
    """Several spans in one line."""
    return formats.listing([formats.when(Timespan.from_seconds(*span), zone) for span in spans])


def length_words(spans: Sequence[Pair]) -> str:
    """How long several spans last together."""
    return formats.length(timedelta(seconds=sum(end - start for start, end in spans)))


def mix_words(found: Settled) -> str:
    """On which evidence the hours rest."""
    parts = [
        f"{gettext(GRADE_WORDS[grade])} {formats.length(timedelta(seconds=seconds))}"
        for grade, seconds in found.mix.items()
    ]
    return formats.listing(parts)


def history_lines(use_id: int) -> list[dict[str, Any]]:
    """What happened to a use, the newest first: {at, words, who, reason}."""
    entries = history("use", use_id)
    people = {entry.actor_id for entry in entries} - {None}
    names = {
        row.id: in_language(row.name_en, row.name_zh)
        for row in db.session.execute(
            select(Person.id, Person.name_en, Person.name_zh).where(Person.id.in_(people))
        )
    }
    return [
        {
            "at": entry.at,
            "words": gettext(_deed(entry)),
            "who": names.get(entry.actor_id) or gettext("by the lab’s rule"),
            "reason": entry.detail.get("reason", ""),
        }
        for entry in entries
    ]


def _deed(entry: Any) -> str:
    if entry.deed == "use.started" and entry.detail.get("kind") == "walk_up":
        return N_("Begun without a reservation")
    return DEEDS.get(entry.deed, N_("Changed"))


# What is said of a use, by the names of its columns.
FACT_WORDS: Mapping[str, str] = {
    "operator_minutes": N_("Operator, in minutes"),
    "samples": N_("Number of samples"),
    "mode": N_("Who operated it"),
    "project": N_("Project"),
    "funding_source": N_("Funding source"),
    "subject": N_("Subject"),
    "contract": N_("Contract"),
    "trained_students": N_("Students trained"),
    "trained_teachers": N_("Teachers trained"),
    "trained_others": N_("Others trained"),
    "note": N_("Note"),
}
# The five grades of the national record of services.
RATING_WORDS: Mapping[int, str] = {
    5: N_("Very satisfied"),
    4: N_("Satisfied on the whole"),
    3: N_("So-so"),
    2: N_("Not satisfied"),
    1: N_("Very bad"),
}


def value_words(name: str, value: Any) -> str:
    """What a use holds under a name, as it is read; a dash for nothing."""
    if value in (None, ""):
        return "–"
    if name == "mode" and value in MODE_WORDS:
        return gettext(MODE_WORDS[value])
    if name == "funding_source" and value in FUNDING_SOURCES:
        return gettext(FUNDING_SOURCES[value])
    return str(value)


def rating_words(rating: int | None) -> str:
    """How satisfied whoever used it was; empty where nobody said."""
    return gettext(RATING_WORDS[rating]) if rating in RATING_WORDS else ""


def rating_choices() -> list[tuple[int, str]]:
    """How satisfied whoever used it was, for a form, the best first."""
    return [(rating, gettext(words)) for rating, words in RATING_WORDS.items()]


def mode_choices() -> list[tuple[str, str]]:
    """Who operated it, for a form."""
    return [(code, gettext(words)) for code, words in MODE_WORDS.items()]


def funding_choices() -> list[tuple[str, str]]:
    """From where a project is paid, for a form."""
    return [(code, gettext(words)) for code, words in FUNDING_SOURCES.items()]


def layer_choices() -> list[tuple[str, str]]:
    """The layers of a use, for a form."""
    return [(layer, gettext(LAYER_WORDS[layer])) for layer in LAYERS]
