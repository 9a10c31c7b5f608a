"""Who may do what: the whole table of roles × actions × own and other scope, written out here and nowhere derived."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from instruments.people.rights import (
    GRANTS,
    NEVER_OWN,
    OWN,
    SCOPE_OF_ROLE,
    Action,
    Actor,
    Grant,
    Role,
    Scope,
    may,
    may_somewhere,
)
from instruments.people.signing import actor_by_id, today
from tests.world import World

# "+": on the role's own scope; "*": everywhere (only the platform's own role); ".": nowhere.
COLUMNS = {
    "P": Role.PLATFORM_ADMINISTRATOR,
    "I": Role.INSTITUTION_MANAGER,
    "F": Role.FINANCE_OFFICER,
    "A": Role.AUDITOR,
    "L": Role.LAB_MANAGER,
    "O": Role.LAB_OPERATOR,
    "H": Role.GROUP_HEAD,
    "D": Role.FUND_DELEGATE,
    "C": Role.COMPANY_MANAGER,
    "M": Role.MEMBER,
    "S": Role.SAFETY_OFFICER,
}
TABLE = """
action                  P I F A L O H D C M S
institution.add         * . . . . . . . . . .
institution.edit        * + . . . . . . + . .
domains.edit            * . . . . . . . . . .
platform.roles          * . . . . . . . . . .
letters.decide          * . . . . . . . . . .
lab.add                 * + . . . . . . . . .
lab.edit                * + . . + . . . . . .
group.add               * + . . . . . . + . .
group.edit              * + . . . . + . + . .
group.see               * + + + . . + + + + .
institution.roles       * + . . . . . . + . .
lab.roles               * + . . + . . . . . .
group.roles             * + . . . . + . + . .
roles.see               * + . + + . + . + . .
person.invite           * + . . . . + . + . .
person.see              * + + + . . + . + . .
person.edit             * + . . . . . . + . .
membership.edit         * + . . . . . . + . .
person.confirm          * + . . . . . . + . .
person.leave            * + . . . . . . + . .
journal.read            * + . + . . . . + . .
instrument.edit         * + . . + . . . . . .
catalog.import          * + . . . . . . . . .
catalog.export          * + + + . . . . . . .
holidays.edit           * + . . . . . . . . .
hours.edit              * + . . + . . . . . .
closure.edit            * + . . + + . . . . .
calendars.edit          * + . . + . . . . . .
rules.edit              * + . . + . . . . . .
rules.override          * + . . + + . . . . .
reservation.book_for    * + . . + + + . + . .
reservation.see         * + . + + + + . + . .
reservation.price       . + . + + + + . + . .
reservation.change      * + . . + + . . . . .
demand.see              * + . + . . . . . . .
approval.decide         * + . . + + . . . . .
approval.decide_as_manager * + . . + . . . . . .
qualification.grant     * + . . + + . . . . .
admission.grant         * + . . . . . . . . +
use.see                 * + + + + + + . + . .
company_use.see         . + + + + + + . + . .
use.record              * + . . + + . . . . .
use.confirm             * + . . + + . . . . .
output.edit             * + . . + + . . . . .
violation.record        . . . . + + . . . . .
violation.see           . + . . + + . . . . .
violation.decide        . + . . + . . . . . .
fund.see                . . + + . . + + + . .
fund.edit               . . + . . . + + + . .
fund.terms              . . + . . . . . . . .
ledger.see              . . + + . . . . . . .
ledger.post             . . + . . . . . . . .
programme.see           . . + + . . . . . . .
programme.edit          . . + . . . . . . . .
programme.decide        . . + . . . . . . . .
programme.apply         . . + . . . . . + . .
income.see              . + + + + . . . . . .
costs.see               . + + + . . + + + . .
charge.prepare          . + + . + . . . . . .
charge.adjust           . + + . + . . . . . .
charge.write_off        . . + . . . . . . . .
charge.dispute          . . + . . . + + + . .
dispute.decide          . + + . + . . . . . .
dispute.decide_above    . + + . . . . . . . .
charging.set            . . + . . . . . . . .
prices.edit             * + . . + . . . . . .
prices.see              * + + + + + . . . . .
prices.approve          . + . . . . . . . . .
utilization.see         * + + + + + . . . . .
report.see              . + . + + . . . . . .
report.file             . + . . + . . . . . .
utilization.view_share  . + . . . . . . . . .
utilization.target      * + . . . . . . . . .
use.target              . + . . . . + . + . .
utilization.publish     . + . . . . . . . . .
idle.ask                * + . . . . . . . . .
idle.answer             . . . . + + . . . . .
purchase.see            * + . + . . . . . . .
purchase.edit           . + . . . . . . . . .
month.close             . . + . . . . . . . .
settlement.decide       . . + . . . . . . . .
invoice_details.set     . . + . . . . . + . .
formal_quote.see        . + + + + + . . . . .
formal_quote.withdraw   . + + . + . . . . . .
agreement.publish       . + + . . . . . . . .
agreement.accept        . + + . . . . . + . .
"""
HERE = Scope(institution_id=1, lab_id=11, group_ids=frozenset({111}))
BESIDE = Scope(institution_id=1, lab_id=12, group_ids=frozenset({112}))
ABOVE = Scope(institution_id=1)
ELSEWHERE = Scope(institution_id=2, lab_id=21, group_ids=frozenset({211}))
NOWHERE = Scope()
HELD_ON = {"platform": None, "institution": 1, "lab": 11, "group": 111}
ME = 7


def rows() -> dict[str, dict[str, str]]:
    """The table as {action: {column: cell}}."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {action: dict(zip(head[1:], cells, strict=True)) for action, *cells in lines}


def holder(role: Role) -> Actor:
    """Somebody with one role, held here."""
    return Actor(ME, 1, "university", grants=(Grant(role, HELD_ON[SCOPE_OF_ROLE[role]]),))


CELLS = [
    (action, COLUMNS[column], cell) for action, cells in rows().items() for column, cell in cells.items()
]


def test_the_table_names_every_action_and_role() -> None:
    assert set(rows()) == {action.value for action in Action}
    assert set(COLUMNS.values()) == set(Role)
    assert all(set(cells) == set(COLUMNS) for cells in rows().values())


@pytest.mark.parametrize(("name", "role", "cell"), CELLS)
def test_role_and_action(name: str, role: Role, cell: str) -> None:
    actor, action, kind = holder(role), Action(name), SCOPE_OF_ROLE[role]
    everywhere, here = cell == "*", cell in "*+"
    assert may(actor, action, HERE) is here
    assert may(actor, action, ELSEWHERE) is everywhere
    assert may(actor, action, NOWHERE) is everywhere
    # A role on an institution counts in all of its labs and groups; one on a lab or a group counts there alone.
    assert may(actor, action, BESIDE) is (here if kind == "institution" else everywhere)
    assert may(actor, action, ABOVE) is (here if kind == "institution" else everywhere)
    assert may_somewhere(actor, action) is here


@pytest.mark.parametrize("action", Action)
def test_a_stranger_and_somebody_without_a_role_may_nothing(action: Action) -> None:
    nobody = Actor(ME, 1, "university")
    for scope in (HERE, BESIDE, ABOVE, ELSEWHERE, NOWHERE):
        assert not may(None, action, scope)
        assert not may(nobody, action, scope)
    assert not may_somewhere(None, action)
    assert not may_somewhere(nobody, action)


OWN_TABLE = {
    "person.see", "person.edit", "reservation.book_for", "reservation.see", "reservation.price", "reservation.change",
    "use.see", "use.record", "costs.see", "charge.dispute",
}  # fmt: skip
NEVER_OWN_TABLE = {
    "membership.edit", "person.confirm", "person.leave", "approval.decide", "approval.decide_as_manager",
    "qualification.grant", "admission.grant",
    "violation.record", "violation.decide", "programme.decide",
    "charge.prepare", "charge.adjust", "charge.write_off", "dispute.decide", "dispute.decide_above",
    "prices.approve",
}  # fmt: skip


@pytest.mark.parametrize("action", Action)
def test_what_everybody_may_with_their_own(action: Action) -> None:
    nobody = Actor(ME, 1, "university")
    mine = Scope(institution_id=2, person_ids=frozenset({ME, 8}))
    theirs = Scope(institution_id=2, person_ids=frozenset({8}))
    assert may(nobody, action, mine) is (action.value in OWN_TABLE)
    assert not may(nobody, action, theirs)


@pytest.mark.parametrize("name", sorted(NEVER_OWN_TABLE))
@pytest.mark.parametrize("role", Role)
def test_nobody_decides_on_themselves_or_on_what_they_asked_for(name: str, role: Role) -> None:
    actor, action = holder(role), Action(name)
    about_me = dataclasses.replace(HERE, person_ids=frozenset({ME}))
    asked_by_me = dataclasses.replace(HERE, person_ids=frozenset({8}), asked_by=ME)
    asked_by_another = dataclasses.replace(HERE, person_ids=frozenset({8}), asked_by=9)
    assert not may(actor, action, about_me)
    assert not may(actor, action, asked_by_me)
    assert may(actor, action, asked_by_another) is (rows()[name][_column(role)] in "*+")


def _column(role: Role) -> str:
    return next(column for column, each in COLUMNS.items() if each is role)


def test_own_and_never_own_are_these() -> None:
    assert {action.value for action in OWN} == OWN_TABLE
    assert {action.value for action in NEVER_OWN} == NEVER_OWN_TABLE


def test_who_hands_out_which_role() -> None:
    assert {role.value: action.value for role, action in GRANTS.items()} == {
        "platform_administrator": "platform.roles",
        "institution_manager": "institution.roles",
        "finance_officer": "institution.roles",
        "auditor": "institution.roles",
        "safety_officer": "institution.roles",
        "company_manager": "institution.roles",
        "lab_manager": "lab.roles",
        "lab_operator": "lab.roles",
        "group_head": "group.roles",
        "fund_delegate": "group.roles",
        "member": "group.roles",
    }


@pytest.mark.parametrize("role", Role)
def test_a_grant_without_a_scope_is_worth_nothing_except_on_the_platform(role: Role) -> None:
    actor = Actor(ME, 1, "university", grants=(Grant(role, None),))
    is_platform = role is Role.PLATFORM_ADMINISTRATOR
    assert any(may(actor, action, HERE) for action in Action) is is_platform


# --- Roles in time: read from the database at a moment ---------------------------------------------------

DAY = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)
BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(1)


@pytest.mark.parametrize(("ends_on", "holds"), [(None, True), (AFTER, True), (DAY, True), (BEFORE, False)])
def test_a_role_holds_to_the_end_of_its_last_day(world: World, ends_on: date | None, holds: bool) -> None:
    lab = world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab, ends_on=ends_on)
    actor = actor_by_id(person.id, NOON)
    assert actor is not None
    scope = Scope(institution_id=lab.institution_id, lab_id=lab.id)
    assert may(actor, Action.HOURS_EDIT, scope) is holds
    assert (lab.id in actor.lab_ids) is holds


@pytest.mark.parametrize(
    ("until", "role_ends", "deputy_may", "holder_may"),
    [
        (DAY, None, True, True),
        (AFTER, DAY, True, True),
        (BEFORE, None, False, True),
        (AFTER, BEFORE, False, False),
    ],
)
def test_a_deputy_stands_in_to_the_end_of_a_day(
    world: World, until: date, role_ends: date | None, deputy_may: bool, holder_may: bool
) -> None:
    lab = world.lab()
    manager, deputy = world.person(lab.institution), world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab, deputy_id=deputy.id, deputy_until=until, ends_on=role_ends)
    scope = Scope(institution_id=lab.institution_id, lab_id=lab.id)
    assert may(actor_by_id(deputy.id, NOON), Action.HOURS_EDIT, scope) is deputy_may
    assert may(actor_by_id(manager.id, NOON), Action.HOURS_EDIT, scope) is holder_may


@pytest.mark.parametrize(
    ("values", "exists"),
    [
        ({}, True),
        ({"ends_on": DAY}, True),
        ({"ends_on": BEFORE}, False),
        ({"deactivated_at": NOON}, False),
        ({"mail_confirmed_at": None}, False),
    ],
)
def test_an_account_that_ended_or_never_began_is_nobody(
    world: World, values: dict[str, Any], exists: bool
) -> None:
    person = world.person(world.institution(), **values)
    assert (actor_by_id(person.id, NOON) is not None) is exists


def test_days_end_on_the_wall_of_the_platform() -> None:
    assert today(datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2027, 3, 1)
    assert today(datetime(2027, 3, 1, 16, tzinfo=UTC)) == date(2027, 3, 2)
