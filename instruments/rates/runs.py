"""What one customer bears of the lines that a run for several costs: the run is priced as one, then divided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from instruments.errors import N_, Reason
from instruments.money import Money
from instruments.rates.card import COUNTED_UNITS, DAY, ITEM, SAMPLE, STARTED_DAY, USE
from instruments.rates.counting import AS_ENTERED, BY_SAMPLES, EQUALLY, PartOfRun
from instruments.rates.lines import BY_THE_NUMBER, MINIMUM, OPERATOR, RESERVATION, Line

PART_OF_RUN = "part_of_run"
PART_OF_TIME = {
    BY_SAMPLES: N_("%(part)s of the run’s %(length)s: divided by samples, %(mine)s of %(all)s."),
    AS_ENTERED: N_("%(part)s of the run’s %(length)s: divided as entered, %(mine)s of %(all)s."),
    EQUALLY: N_("%(part)s of the run’s %(length)s: divided equally among its %(count)s customers."),
}
PART_OF_NUMBER = {
    DAY: N_("Days on the calendar that the run touches, %(count)s at %(price)s: %(part)s of them."),
    STARTED_DAY: N_("24 hours begun by the run, %(count)s at %(price)s: %(part)s of them."),
    USE: N_("One use by the run, at %(price)s: %(part)s of it."),
    SAMPLE: N_("%(name)s, %(count)s in the run at %(price)s a sample: %(part)s of them."),
    ITEM: N_("%(name)s, %(count)s in the run at %(price)s each: %(part)s of them."),
}
DIVIDED = {
    BY_SAMPLES: N_("Divided by samples, %(mine)s of %(all)s."),
    AS_ENTERED: N_("Divided as entered, %(mine)s of %(all)s."),
    EQUALLY: N_("Divided equally among the %(count)s customers of the run."),
}
PART_OF_MINIMUM = N_(
    "A run costs at least %(minimum)s for its time; what was counted of this one comes to %(reached)s. "
    "This is %(part)s of the %(missing)s that are missing."
)
OPERATOR_OF_RUN = N_("The operator’s time is divided like the hours of the run: %(part)s of it.")
LEFT_OVER = N_("Each part is rounded down; what is left over falls to the first who bears one.")
# Said by charges that were made when each part had a minimum of its own: they are read in both languages as before.
SAID_BEFORE = (
    N_(
        "A run costs at least %(minimum)s for its time, of which %(part)s is %(least)s; what was counted comes to %(reached)s."
    ),
)


def borne(whole: Iterable[Line], part: PartOfRun) -> Iterator[Line]:
    """The lines of one customer, of those that the run costs by their card: the parts of all at one card add up to the cent.

    What was counted is divided by the samples, so that each pays their own; whoever bears nothing of a line has none.
    """
    for line in whole:
        theirs = part.by_samples if line.unit in COUNTED_UNITS else part
        if theirs.weights[theirs.place]:
            yield _borne(line, theirs)


def of_part(reasons: Iterable[Reason]) -> list[Reason]:
    """Of the reasons of a line those that say which part of a run it is; none where the run was for one alone."""
    return [each for each in reasons if each.code == PART_OF_RUN or "part" in each.values]


def _borne(line: Line, part: PartOfRun) -> Line:
    amount = Money.from_units(part.of(line.amount.units), line.amount.currency)
    why = [*_reasons(line, part)]
    if amount.units != part.share * line.amount.units:
        why.append(Reason("left_over", None, LEFT_OVER))
    if line.kind == MINIMUM:
        return Line(MINIMUM, RESERVATION, Fraction(1), amount, tuple(why))
    return replace(line, quantity=line.quantity * part.share, why=tuple(why), came_to=amount)


def _reasons(line: Line, part: PartOfRun) -> Iterator[Reason]:
    """The sentences of the line about their part: how much of it, by what it was divided, then what was said of all of it."""
    first, *more = line.why
    values = {"part": str(part.share)}
    if part.share == 1:
        yield from line.why
        yield _divided(DIVIDED, part, {})
        return
    if line.kind == MINIMUM:
        yield replace(
            first, message=PART_OF_MINIMUM, values={**first.values, **values, "missing": line.amount}
        )
    elif line.unit == SAMPLE and line.quantity == sum(part.samples):
        # Nothing is divided: each handed in so many.
        own = part.samples[part.place]
        yield replace(first, message=BY_THE_NUMBER[SAMPLE], values={**first.values, "count": own})
    elif line.unit in PART_OF_NUMBER:
        yield replace(first, message=PART_OF_NUMBER[line.unit], values={**first.values, **values})
        yield _divided(DIVIDED, part, {})
    else:
        length = timedelta(seconds=round(line.quantity * part.share * 3600))
        yield replace(first, values={**first.values, "length": length})
        if line.kind == OPERATOR:
            yield Reason(PART_OF_RUN, None, OPERATOR_OF_RUN, values)
        else:
            yield _divided(PART_OF_TIME, part, {**values, "length": first.values["length"]})
    yield from more


def _divided(sentences: dict[str, str], part: PartOfRun, values: dict[str, object]) -> Reason:
    mine, whole = part.weighed
    by = {"count": len(part.weights)} if part.by == EQUALLY else {"mine": mine, "all": whole}
    return Reason(PART_OF_RUN, None, sentences[part.by], values | by)
