"""What is to stand on invoices, for programs: of oneself, of an institution that pays, of a programme."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.charges.closing.api.telling import api
from instruments.charges.closing.invoicing.schemas import InvoiceDetailsIn, InvoiceDetailsOut
from instruments.charges.closing.invoicing.wanted import TEXTS, Whose, set_wanted, wanted_by
from instruments.charges.closing.views.doors import HOUSE
from instruments.charges.closing.views.invoice_settings import OF_PROGRAMME, the_payer, the_programme
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

OWN = "/invoice-details"
OF_PAYER = f"{HOUSE}{OWN}"


@api.get(OWN)
@token_required("money:read")
@api.output(InvoiceDetailsOut)
def own_invoice_details() -> Response:
    """What is to stand on one's own invoices; its ETag is what a change must name."""
    return _told(Whose(person_id=the_actor().person_id))


@api.put(OWN)
@token_required("money:write")
@takes(api, InvoiceDetailsIn)
@api.output(InvoiceDetailsOut)
@api.doc(responses=[412, 428])
def set_own_invoice_details(wanted: Incoming[InvoiceDetailsIn]) -> Response:
    """Say all of it. Needs If-Match."""
    return _set(Whose(person_id=the_actor().person_id), wanted)


@api.get(OF_PAYER)
@token_required("money:read")
@api.output(InvoiceDetailsOut)
@api.doc(responses=[404])
def invoice_details(institution_id: int) -> Response:
    """What is to stand on the invoices of a company or an institution, for who manages its money."""
    return _told(the_payer(institution_id)[1])


@api.put(OF_PAYER)
@token_required("money:write")
@takes(api, InvoiceDetailsIn)
@api.output(InvoiceDetailsOut)
@api.doc(responses=[404, 412, 428])
def set_invoice_details(institution_id: int, wanted: Incoming[InvoiceDetailsIn]) -> Response:
    """Say all of it. Needs If-Match."""
    return _set(the_payer(institution_id)[1], wanted)


@api.get(OF_PROGRAMME)
@token_required("money:read")
@api.output(InvoiceDetailsOut)
@api.doc(responses=[404])
def programme_invoice_details(programme_id: int) -> Response:
    """What is to stand on the invoices of a programme, for who runs it."""
    return _told(the_programme(programme_id)[1])


@api.put(OF_PROGRAMME)
@token_required("money:write")
@takes(api, InvoiceDetailsIn)
@api.output(InvoiceDetailsOut)
@api.doc(responses=[404, 412, 428])
def set_programme_invoice_details(programme_id: int, wanted: Incoming[InvoiceDetailsIn]) -> Response:
    """Say all of it. Needs If-Match."""
    return _set(the_programme(programme_id)[1], wanted)


def _set(whose: Whose, wanted: Incoming[InvoiceDetailsIn]) -> Response:
    row, actor = wanted_by(whose), the_actor()
    version = versions.matched(row.version if row else 0)
    given = whole(wanted).model_dump()
    perform(partial(set_wanted, whose, given, version, clock.now(), actor.person_id))
    return _told(whose)


def _told(whose: Whose) -> Response:
    """All that was said; empty where nothing was."""
    row = wanted_by(whose)
    found: dict[str, Any] = {name: getattr(row, name, "") or "" for name in TEXTS}
    version = row.version if row else 0
    return answer(found | {"type": row.type if row else "ordinary", "version": version}, version=version)
