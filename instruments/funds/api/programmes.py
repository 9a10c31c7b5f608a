"""Doors for programs: programmes that pay a part, their terms, and what became of their budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason
from instruments.funds import subsidizing
from instruments.funds.api.telling import amount_read, api, maybe, text
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.programme_schemas import (
    BurnDownOut,
    ProgrammeIn,
    ProgrammeOut,
    ProgrammesOut,
    ProgrammeTermsIn,
)
from instruments.funds.programme_setting import (
    Described,
    close_programme,
    edit_programme,
    may_edit,
    open_programme,
    the_programme,
)
from instruments.funds.programmes import Programme
from instruments.funds.views.programmes import note_programme_look
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes


@api.get("/programmes")
@token_required("money:read")
@api.output(ProgrammesOut)
def programmes() -> Response:
    """The programmes that pay a part, the open ones first."""
    actor = the_actor()
    rows = db.session.scalars(
        select(ProgrammeRow).order_by(ProgrammeRow.state.desc(), ProgrammeRow.id).limit(500)
    ).all()
    return answer({"items": [_told(actor, row) for row in rows]})


@api.get("/programmes/<int:number>")
@token_required("money:read")
@api.output(ProgrammeOut)
@api.doc(responses=[404])
def programme(number: int) -> Response:
    """One programme."""
    row = the_programme(number)
    return answer(_told(the_actor(), row), version=row.version)


@api.post("/programmes")
@token_required("money:write")
@takes(api, ProgrammeIn)
@api.output(ProgrammeOut, 201)
def open_a_programme(wanted: Incoming[ProgrammeIn]) -> Response:
    """Open a programme."""
    actor, now, (body, reasons) = the_actor(), clock.now(), fitting(wanted)
    described = _described(body, body.currency, body.institution_id, reasons)

    def act() -> Made:
        row = open_programme(actor, described, now, reasons)
        return Made(_told(actor, row), row.version, f"/api/v1/programmes/{row.id}")

    return made_once(actor.person_id, now, act)


@api.put("/programmes/<int:number>")
@token_required("money:write")
@takes(api, ProgrammeTermsIn)
@api.output(ProgrammeOut)
@api.doc(responses=[404, 412, 428])
def change_programme(number: int, wanted: Incoming[ProgrammeTermsIn]) -> Response:
    """Set the terms of a programme; they hold for new orders. Needs If-Match."""
    actor, now, row = the_actor(), clock.now(), the_programme(number)
    version = versions.matched(row.version)
    body, reasons = fitting(wanted)
    described = _described(body, row.currency, row.institution_id, reasons)
    perform(lambda: edit_programme(actor, number, version, described, now, reasons).id)
    return programme_answer(number)


@api.post("/programmes/<int:number>/close")
@token_required("money:write")
@api.output(ProgrammeOut)
@api.doc(responses=[404, 412, 428])
def shut_programme(number: int) -> Response:
    """Close a programme for new orders. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version = versions.matched(the_programme(number).version)
    perform(lambda: close_programme(actor, number, version, now).id)
    return programme_answer(number)


@api.get("/programmes/<int:number>/burn-down")
@token_required("money:read")
@api.output(BurnDownOut)
@api.doc(responses=[404])
def burned(number: int) -> Response:
    """What a programme has reserved and paid, for who runs it."""
    actor, row = the_actor(), the_programme(number)
    if not may_edit(actor, row.institution_id):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    taken = subsidizing.standings([number], None, 0, row.currency)[number].in_all.units
    left = None if row.budget_units is None else row.budget_units - taken
    items = [
        {
            **{name: getattr(each, name) for name in
               ("made_at", "state", "payer_institution_id", "payer_person_id", "thing_kind", "thing_id")},
            "amount": text(each.amount_units, row.currency),
        }
        for each in subsidizing.burn_down(number)
    ]  # fmt: skip
    if items:
        note_programme_look(actor, row)
    told = {"budget": maybe(row.budget_units, row.currency), "taken": text(taken, row.currency)}
    return answer({"currency": row.currency, **told, "left": maybe(left, row.currency), "items": items})


def programme_answer(number: int) -> Response:
    """The programme as it is now."""
    row = the_programme(number)
    return answer(_told(the_actor(), row), version=row.version)


def _told(actor: Actor, row: ProgrammeRow) -> dict[str, Any]:
    names = (
        "id", "institution_id", "code", "name_en", "name_zh", "description_en", "description_zh", "currency",
        "valid_from", "valid_to", "payer_kinds", "small_firms_only", "needs_proof", "class_codes", "institution_ids",
        "lines", "combines", "afterwards", "state", "version",
    )  # fmt: skip
    runs = may_edit(actor, row.institution_id)
    taken = subsidizing.standings([row.id], None, 0, row.currency)[row.id].in_all if runs else None
    return {
        **{name: getattr(row, name) for name in names},
        "rate": f"{Decimal(row.rate) / 100:f}",
        "cap_per_order": maybe(row.cap_per_order_units, row.currency),
        "cap_per_year": maybe(row.cap_per_year_units, row.currency),
        "budget": maybe(row.budget_units, row.currency),
        "taken": None if taken is None else str(taken.amount),
    }


def _described(
    body: ProgrammeTermsIn, currency: str, institution_id: int | None, reasons: list[Reason]
) -> Described:
    limits = {
        name: amount_read(getattr(body, name), currency, name, reasons)
        for name in ("cap_per_order", "cap_per_year", "budget")
    }
    terms = Programme(
        name="",
        rate=Decimal(body.rate),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        payer_kinds=frozenset(body.payer_kinds),
        small_firms_only=body.small_firms_only,
        instrument_classes=frozenset(body.class_codes),
        institutions=frozenset(body.institution_ids) if institution_id is None else frozenset(),
        lines=frozenset(body.lines),
        combines=body.combines,
        afterwards=body.afterwards,
        **limits,
    )
    text_fields = ("code", "name_en", "name_zh", "description_en", "description_zh")
    words = {name: getattr(body, name).strip() for name in text_fields}
    return Described(
        currency=currency, terms=terms, institution_id=institution_id, needs_proof=body.needs_proof, **words
    )
