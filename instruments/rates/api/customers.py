"""Finer classes of customers and services for programs."""

from __future__ import annotations

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action, may
from instruments.people.signing import require, the_actor
from instruments.rates import serving, splitting
from instruments.rates.api.doors import api, owner_at
from instruments.rates.models import CustomerSplit, Service
from instruments.rates.owners import (
    nothing_here,
    owner_of,
    splits_of,
)
from instruments.rates.schemas import (
    GoneOut,
    ServiceIn,
    ServiceOut,
    ServicesOut,
    SplitIn,
    SplitOut,
    SplitsOut,
)
from instruments.rates.telling import (
    service_told,
    split_told,
)
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, takes, whole

# --- Finer classes and services


@api.get("/labs/<int:lab_id>/customer-classes")
@token_required("labs:read")
@api.output(SplitsOut)
@api.doc(responses=[404])
def splits(lab_id: int) -> Response:
    """The finer classes of a lab's customers."""
    owner = owner_at({"lab_id": lab_id})
    require(Action.PRICES_SEE, owner.scope)
    return answer({"items": [split_told(row) for row in splits_of(lab_id)]})


@api.post("/labs/<int:lab_id>/customer-classes")
@token_required("labs:write")
@takes(api, SplitIn)
@api.output(SplitOut, 201)
@api.doc(responses=[404])
def add_split(lab_id: int, wanted: Incoming[SplitIn]) -> Response:
    """Divide a class: some of its institutions get prices of their own."""
    actor, now = require(Action.PRICES_EDIT, owner_at({"lab_id": lab_id}).scope), clock.now()
    finer = _finer(whole(wanted))

    def act() -> Made:
        row = splitting.add_split(actor, owner_at({"lab_id": lab_id}), finer, now)
        return Made(split_told(row), row.version, url_for("rates_api.one_split", number=row.id))

    return made_once(actor.person_id, now, act)


@api.get("/customer-classes/<int:number>", endpoint="one_split")
@token_required("labs:read")
@api.output(SplitOut)
@api.doc(responses=[404])
def one_split(number: int) -> Response:
    """One finer class."""
    row = _the_split(number, Action.PRICES_SEE)
    return answer(split_told(row), version=row.version)


@api.put("/customer-classes/<int:number>")
@token_required("labs:write")
@takes(api, SplitIn)
@api.output(SplitOut)
@api.doc(responses=[404, 412, 422, 428])
def change_split(number: int, wanted: Incoming[SplitIn]) -> Response:
    """Change the names and institutions of a finer class. Needs If-Match."""
    row, actor, now = _the_split(number, Action.PRICES_EDIT), the_actor(), clock.now()
    finer, seen = _finer(whole(wanted)), versions.matched(row.version) or row.version
    perform(lambda: splitting.change_split(actor, number, seen, finer, now))
    row = _the_split(number, Action.PRICES_SEE)
    return answer(split_told(row), version=row.version)


@api.delete("/customer-classes/<int:number>")
@token_required("labs:write")
@api.output(GoneOut)
@api.doc(responses=[404, 412, 422, 428])
def end_split(number: int) -> Response:
    """Take a finer class away that no published price names. Needs If-Match."""
    row, actor, now = _the_split(number, Action.PRICES_EDIT), the_actor(), clock.now()
    seen = versions.matched(row.version) or row.version
    perform(lambda: splitting.end_split(actor, number, seen, now))
    return answer({"gone": True}, version=seen)


@api.get("/labs/<int:lab_id>/services")
@token_required("labs:read")
@api.output(ServicesOut)
@api.doc(responses=[404])
def services(lab_id: int) -> Response:
    """What a lab offers besides its instruments; also what it no longer does."""
    require(Action.PRICES_SEE, owner_at({"lab_id": lab_id}).scope)
    return answer({"items": [service_told(row) for row in serving.services_of(lab_id, archived=True)]})


@api.post("/labs/<int:lab_id>/services")
@token_required("labs:write")
@takes(api, ServiceIn)
@api.output(ServiceOut, 201)
@api.doc(responses=[404])
def add_service(lab_id: int, wanted: Incoming[ServiceIn]) -> Response:
    """Offer something besides the instruments."""
    actor, now = require(Action.PRICES_EDIT, owner_at({"lab_id": lab_id}).scope), clock.now()
    offered = serving.Offered(**whole(wanted).model_dump())

    def act() -> Made:
        row = serving.add_service(actor, owner_at({"lab_id": lab_id}), offered, now)
        return Made(service_told(row), row.version, url_for("rates_api.service", number=row.id))

    return made_once(actor.person_id, now, act)


@api.get("/services/<int:number>")
@token_required("labs:read")
@api.output(ServiceOut)
@api.doc(responses=[404])
def service(number: int) -> Response:
    """One service."""
    owner = owner_at({"service_id": number})
    require(Action.PRICES_SEE, owner.scope)
    return answer(service_told(owner.row), version=owner.row.version)


@api.put("/services/<int:number>")
@token_required("labs:write")
@takes(api, ServiceIn)
@api.output(ServiceOut)
@api.doc(responses=[404, 412, 422, 428])
def change_service(number: int, wanted: Incoming[ServiceIn]) -> Response:
    """Say something else of a service, or archive it. Needs If-Match."""
    owner, now = owner_at({"service_id": number}), clock.now()
    actor = require(Action.PRICES_EDIT, owner.scope)
    row: Service = owner.row
    offered, seen = (
        serving.Offered(**whole(wanted).model_dump()),
        versions.matched(row.version) or row.version,
    )
    perform(lambda: serving.change_service(actor, number, seen, offered, now))
    return service(number)


def _the_split(number: int, action: Action) -> CustomerSplit:
    row = splitting.split_at(number)
    actor = the_actor()
    owner = owner_of("lab", row.lab_id)
    if not may(actor, Action.PRICES_SEE, owner.scope):
        raise nothing_here()
    require(action, owner.scope)
    return row


def _finer(body: SplitIn) -> splitting.Finer:
    return splitting.Finer(body.base, body.name_en.strip(), body.name_zh.strip(), tuple(body.institutions))
