"""Closures: read on the lab's wall, right across clock changes; what was closed stays on record."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.closures import (
    Wanted,
    add_closure,
    change_closure,
    closures_of,
    lift_closure,
    the_closure,
)
from instruments.availability.models import Closure
from instruments.availability.owners import instruments_of
from instruments.catalog.revision import catalog_number, rev_of
from instruments.database import db
from instruments.errors import NotFound, Refusal, Stale
from instruments.journal.models import JournalEntry


def wanted(start: str, end: str | None, kind: str = "maintenance", reason: str = "Laser service") -> Wanted:
    return Wanted(kind, reason, datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)


def add(owner, now, *ends: str, **values: str) -> Closure:
    return add_closure(owner, wanted(*ends, **values), actor_id=None, now=now)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (wanted("2027-03-01 06:00", "2027-03-01 12:00"), ["closure_over"]),
        (wanted("2027-02-01 06:00", "2027-02-01 12:00"), ["closure_over", "closure_over"]),
        (wanted("2027-03-02 12:00", "2027-03-02 12:00"), ["closure_order"]),
        (wanted("2027-03-02 12:00", "2027-03-02 11:00"), ["closure_order"]),
        (wanted("2027-03-02 12:00", "2031-03-02 11:00"), ["closure_long"]),
        (wanted("2027-03-02 12:00", None), ["closure_open"]),
        (wanted("2027-03-02 12:00", None, kind="training"), ["closure_open"]),
        (wanted("2027-02-01 12:00", None, kind="breakdown", reason=""), ["closure_reason", "closure_over"]),
        (wanted("2027-03-02 12:00", "2027-03-02 14:00", reason="  "), ["closure_reason"]),
        (wanted("2027-03-02 12:00", "2027-03-02 14:00", reason="x" * 301), ["closure_reason"]),
        (wanted("2027-03-02 12:00", "2027-03-02 11:00", kind="party", reason=""),
         ["closure_kind", "closure_reason", "closure_order"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_every_reason(world, now, asked, codes) -> None:
    lab = world.lab()
    with pytest.raises(Refusal) as refused:
        add_closure(lab, asked, actor_id=None, now=now)
    assert [reason.code for reason in refused.value.reasons] == codes
    assert closures_of(lab, over=False, now=now) == []


def test_one_that_does_not_exist_is_said_to_be_so(app) -> None:
    with pytest.raises(NotFound):
        the_closure(7)


def test_a_stale_change_or_lifting_is_refused(world, now) -> None:
    closure = add(world.lab(), now, "2027-03-02 08:00", "2027-03-02 12:00")
    later = wanted("2027-03-02 08:00", "2027-03-02 14:00")
    change_closure(closure, later, version=1, actor_id=None, now=now)
    for act in (
        lambda: change_closure(closure, later, version=1, actor_id=None, now=now),
        lambda: lift_closure(closure, version=1, actor_id=None, now=now),
    ):
        with pytest.raises(Stale):
            act()
    assert closure.version == 2


def test_one_that_is_over_is_neither_changed_nor_lifted(world, now) -> None:
    lab = world.lab()
    closure = world.closure(lab, now - timedelta(hours=3), now - timedelta(hours=1))
    with pytest.raises(Refusal, match="closure_ended"):
        lift_closure(closure, version=1, actor_id=None, now=now)
    with pytest.raises(Refusal, match="closure_ended"):
        change_closure(
            closure, wanted("2027-03-02 08:00", "2027-03-02 14:00"), version=1, actor_id=None, now=now
        )


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2027-03-27 20:00", "2027-03-28 20:00", 23),  # the clocks go forward that night
        ("2027-10-30 20:00", "2027-10-31 20:00", 25),  # and back
        ("2027-03-28 01:00", "2027-03-28 03:00", 1),
        ("2027-03-28 02:30", "2027-03-28 04:00", 1),  # 02:30 is skipped: it begins at the jump
        ("2027-03-28 00:00", "2027-03-28 02:30", 2),
        (
            "2027-10-31 02:00",
            "2027-10-31 03:00",
            2,
        ),  # the hour comes twice: from the first to after the second
        ("2027-10-31 02:30", "2027-10-31 02:45", 1.25),
        ("2027-06-01 00:00", "2027-06-02 00:00", 24),
    ],
)
def test_local_times_across_clock_changes(world, now, start, end, hours) -> None:
    closure = add(world.lab(zone="Europe/Berlin"), now, start, end)
    assert (closure.ends_at - closure.starts_at) == timedelta(hours=hours)


def test_a_closure_wholly_within_the_skipped_hour_is_none(world, now) -> None:
    with pytest.raises(Refusal, match="closure_skipped"):
        add(world.lab(zone="Europe/Berlin"), now, "2027-03-28 02:15", "2027-03-28 02:45")
    with pytest.raises(Refusal, match="closure_order"):
        add(world.lab(zone="Europe/Berlin"), now, "2027-03-28 02:45", "2027-03-28 02:15")


def test_a_start_just_now_means_now(world, now) -> None:
    closure = add(world.lab(), now, "2027-03-01 07:50", "2027-03-01 12:00")
    assert closure.starts_at == now


def test_it_raises_the_revision_of_every_instrument_it_closes_and_not_of_the_catalogue(world, now) -> None:
    lab = world.lab()
    ours, other = [world.instrument(lab) for _ in range(3)], world.instrument()
    revs = {each.id: rev_of(each.id) for each in (*ours, other)}
    number = catalog_number()
    add(lab, now, "2027-03-02 08:00", "2027-03-02 12:00")
    assert [rev_of(each.id) - revs[each.id] for each in (*ours, other)] == [1, 1, 1, 0]
    assert catalog_number() == number
    assert instruments_of(lab) == [each.id for each in ours]


def test_the_locks_of_a_lab_are_two_statements_whatever_its_size(world, now, statements) -> None:
    counts = []
    for size in (1, 6):
        lab = world.lab()
        for _ in range(size):
            world.instrument(lab)
        db.session.refresh(lab)
        statements.clear()
        add(lab, now, "2027-03-02 08:00", "2027-03-02 12:00")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_one_that_has_begun_keeps_its_beginning_and_is_ended_now(world, now) -> None:
    closure = world.closure(world.instrument(), now - timedelta(hours=3), now + timedelta(hours=3))
    begun = closure.starts_at
    change_closure(closure, wanted("2027-03-05 08:00", "2027-03-06 08:00"), version=1, actor_id=None, now=now)
    assert (closure.starts_at, closure.ends_at) == (begun, datetime(2027, 3, 6, tzinfo=UTC))
    lift_closure(closure, version=2, actor_id=None, now=now)
    assert closure.ends_at == now


def test_one_that_has_not_begun_is_lifted(world, now) -> None:
    lab = world.lab()
    closure = add(lab, now, "2027-03-02 08:00", "2027-03-02 12:00")
    lift_closure(closure, version=1, actor_id=None, now=now)
    assert db.session.scalars(select(Closure)).all() == []
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [each.deed for each in entries] == ["closure.added", "closure.lifted"]
    assert entries[0].detail["start"] == "2027-03-02T00:00:00+00:00"


def test_saving_without_a_change_is_no_deed(world, now) -> None:
    closure = add(world.lab(), now, "2027-03-02 08:00", "2027-03-02 12:00")
    change_closure(closure, wanted("2027-03-02 08:00", "2027-03-02 12:00"), version=1, actor_id=None, now=now)
    assert closure.version == 1
    assert len(db.session.scalars(select(JournalEntry)).all()) == 1


def test_an_instrument_lists_its_own_closures_and_its_labs(world, now) -> None:
    lab = world.lab()
    here, beside = world.instrument(lab), world.instrument(lab)
    of_lab = add(lab, now, "2027-03-03 08:00", "2027-03-03 12:00")
    own = add(here, now, "2027-03-02 08:00", "2027-03-02 12:00")
    past = world.closure(here, now - timedelta(days=2), now - timedelta(days=1))
    assert closures_of(here, over=False, now=now) == [own, of_lab]
    assert closures_of(here, over=True, now=now) == [past]
    assert closures_of(beside, over=False, now=now) == [of_lab]
    assert closures_of(lab, over=False, now=now) == [of_lab]


@pytest.mark.parametrize("kind", ["closed", "maintenance", "training", "breakdown"])
def test_every_kind_is_kept_so_that_the_running_version_can_read_it(world, now, kind) -> None:
    closure = add(world.lab(), now, "2027-03-02 08:00", "2027-03-02 12:00", kind=kind)
    db.session.refresh(closure)
    assert closure.what == kind
    assert closure.kind in ("closed", "maintenance")


def test_a_change_of_kind_leaves_nothing_of_the_former(world, now) -> None:
    closure = add(world.lab(), now, "2027-03-02 08:00", None, kind="breakdown")
    plain = wanted("2027-03-02 08:00", "2027-03-02 14:00")
    change_closure(closure, plain, version=1, actor_id=None, now=now)
    assert (closure.what, closure.detail_kind, closure.is_open_ended) == ("maintenance", None, False)


def test_a_breakdown_without_an_end_lasts_until_it_is_back_in_service(world, now) -> None:
    instrument = world.instrument()
    closure = add(instrument, now, "2027-03-01 08:00", None, kind="breakdown")
    assert closure.is_open_ended
    assert closures_of(instrument, over=False, now=now + timedelta(days=9000)) == [closure]
    lift_closure(closure, version=1, actor_id=None, now=now + timedelta(days=3))
    assert closure.ends_at == now + timedelta(days=3)
    [first, last] = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert (first.detail["kind"], first.detail["end"]) == ("breakdown", None)
    assert last.deed == "closure.ended"
