"""What an institution's invoices say, for programs: the items of its labs, and the columns of its files."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.charges.closing.api.telling import api
from instruments.charges.closing.exporting import layout_of, set_layout
from instruments.charges.closing.invoicing.file import COLUMNS, LAYOUTS
from instruments.charges.closing.invoicing.items import Said, items_of, labs_of, set_item, version_of
from instruments.charges.closing.invoicing.schemas import InvoiceItemIn, InvoiceItemOut, InvoiceItemsOut
from instruments.charges.closing.schemas import JournalLayoutIn, JournalLayoutOut
from instruments.charges.closing.views.doors import HOUSE, nothing_here, the_house
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

ITEMS = f"{HOUSE}/invoices/items"
OF_LAB = f"{ITEMS}/labs/<int:lab_id>"
COLUMNS_OF = f"{HOUSE}/invoices/columns/<any(blue, red):colour>"


@api.get(ITEMS)
@token_required("money:read")
@api.output(InvoiceItemsOut)
@api.doc(responses=[404])
def invoice_items(institution_id: int) -> Response:
    """As which items the services of an institution's labs are invoiced: its finance."""
    the_house(institution_id, Action.CHARGING_SET)
    return answer(_items(institution_id))


@api.put(f"{ITEMS}/usual")
@token_required("money:write")
@takes(api, InvoiceItemIn)
@api.output(InvoiceItemOut)
@api.doc(responses=[404, 412, 428])
def set_usual_item(institution_id: int, wanted: Incoming[InvoiceItemIn]) -> Response:
    """Set the item of all labs that have none of their own. Needs If-Match: the version of the item, "0" where there is none."""
    return _set(institution_id, None, wanted)


@api.put(OF_LAB)
@token_required("money:write")
@takes(api, InvoiceItemIn)
@api.output(InvoiceItemOut)
@api.doc(responses=[404, 412, 428])
def set_item_of_lab(institution_id: int, lab_id: int, wanted: Incoming[InvoiceItemIn]) -> Response:
    """Set the item of one lab. Needs If-Match: the version of the item, "0" where there is none."""
    return _set(institution_id, lab_id, wanted)


@api.delete(OF_LAB)
@token_required("money:write")
@api.output(InvoiceItemsOut)
@api.doc(responses=[404, 412, 428])
def take_item_of_lab(institution_id: int, lab_id: int) -> Response:
    """Take the item of a lab away: the usual one holds for it again. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    if lab_id not in items_of(institution_id):
        raise nothing_here()
    version, none = versions.matched(version_of(institution_id, lab_id)), Said(lab_id, "", "", "", gone=True)
    perform(partial(set_item, institution_id, none, clock.now(), actor.person_id, version))
    return answer(_items(institution_id), version=version_of(institution_id, lab_id))


def _set(institution_id: int, lab_id: int | None, wanted: Incoming[InvoiceItemIn]) -> Response:
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    if lab_id is not None and lab_id not in {row.id for row in labs_of(institution_id)}:
        raise nothing_here()
    version = versions.matched(version_of(institution_id, lab_id))
    words = {name: " ".join(text.split()) for name, text in whole(wanted).model_dump().items()}
    said = Said(lab_id, **words)
    perform(partial(set_item, institution_id, said, clock.now(), actor.person_id, version))
    row = items_of(institution_id)[lab_id]
    return answer(_item(row), version=row.version)


def _items(institution_id: int) -> dict[str, Any]:
    rows = sorted(items_of(institution_id).values(), key=lambda row: row.lab_id or 0)
    return {"items": [_item(row) for row in rows]}


def _item(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("lab_id", "name", "code", "unit", "version")}


@api.get(COLUMNS_OF)
@token_required("money:read")
@api.output(JournalLayoutOut)
@api.doc(responses=[404])
def invoice_columns(institution_id: int, colour: str) -> Response:
    """The columns of the file of invoices (blue), or of red letters; its ETag is what a change must name."""
    the_house(institution_id, Action.CHARGING_SET)
    return _columns(institution_id, colour)


@api.put(COLUMNS_OF)
@token_required("money:write")
@takes(api, JournalLayoutIn)
@api.output(JournalLayoutOut)
@api.doc(responses=[404, 412, 428])
def set_invoice_columns(institution_id: int, colour: str, wanted: Incoming[JournalLayoutIn]) -> Response:
    """Set the columns in their order. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    version = versions.matched(layout_of(institution_id, LAYOUTS[colour]).version)
    columns = [{"code": each.code, "head": each.head} for each in whole(wanted).columns]
    act = partial(set_layout, institution_id, columns, version, clock.now(), actor.person_id, LAYOUTS[colour])
    perform(act)
    return _columns(institution_id, colour)


def _columns(institution_id: int, colour: str) -> Response:
    row = layout_of(institution_id, LAYOUTS[colour])
    found = {"columns": row.columns, "codes": list(COLUMNS), "version": row.version}
    return answer(found, version=row.version)
