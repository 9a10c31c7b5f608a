"""Where a charge lies for its reader: in the lab's income, among their own costs, those of their group or institution."""

from __future__ import annotations

from typing import Any, TypeAlias

from flask import url_for
from flask_babel import gettext

from instruments.charges.chain import Chain
from instruments.charges.sight import OF_GROUP, OF_PAYER, scopes
from instruments.database import db
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.people.rights import Action, Actor, Scope, may
from instruments.web.language import in_language

Trail: TypeAlias = list[tuple[str, str]]


def trail_to(actor: Actor, row: Any, chain: Chain, whole: bool) -> Trail:
    """What stands above it, each with its address. whole: the reader sees it as those to whom it is owed."""
    if whole:
        return _of_creditor(actor, row)
    if row.user_id == actor.person_id:
        return [(gettext("Home"), "/home"), (gettext("My costs"), url_for("charges.mine"))]
    groups = [row.group_id, *(share.payer_group_id for share in chain.shares)]
    mine = scopes(actor, *OF_GROUP)
    if (group := next((each for each in groups if each in mine), None)) is not None:
        name = _name(ResearchGroup, group)
        costs = (gettext("Costs of the group"), url_for("charges.of_group", group_id=group))
        return [(gettext("Groups"), "/groups"), (name, f"/groups/{group}"), costs]
    homes = [share.payer_institution_id for share in chain.shares]
    mine = scopes(actor, *OF_PAYER)
    if (home := next((each for each in homes if each in mine), None)) is not None:
        bears = (gettext("What we bear"), url_for("charges.costs", institution_id=home))
        return [(_name(Institution, home), f"/institutions/{home}"), bears]
    return [(gettext("Home"), "/home")]


def _of_creditor(actor: Actor, row: Any) -> Trail:
    if may(actor, Action.INCOME_SEE, Scope(row.institution_id, row.lab_id)) and row.lab_id is not None:
        income = (gettext("Income of the lab"), url_for("charges.of_lab", lab_id=row.lab_id))
        return [(_name(Lab, row.lab_id), f"/labs/{row.lab_id}"), income]
    owed = (gettext("Owed to us"), url_for("charges.of_institution", institution_id=row.institution_id))
    return [(_name(Institution, row.institution_id), f"/institutions/{row.institution_id}"), owed]


def _name(kind: Any, number: int) -> str:
    found = db.session.get_one(kind, number)
    return in_language(found.name_en, found.name_zh)
