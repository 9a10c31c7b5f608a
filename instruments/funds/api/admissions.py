"""Doors for programs: admission to programmes, asked for and answered."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.api.telling import api
from instruments.funds.programme_admitting import (
    Application,
    admissions,
    apply,
    decide,
    end,
    may_see_admission,
    state_on,
    the_admission,
)
from instruments.funds.programme_models import ProgrammePayer
from instruments.funds.programme_schemas import (
    ApplyIn,
    DecideIn,
    EndIn,
    PayerAdmissionsOut,
    ProgrammeAdmissionOut,
)
from instruments.funds.programme_setting import the_programme
from instruments.funds.views.admissions import proof
from instruments.funds.views.doors import PROOFS
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor, today
from instruments.qualifications.evidence import TYPES
from instruments.qualifications.views.papers import NO_PAPER, a_paper
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.multipart import Arriving, downloads, takes_files

PROOF = a_paper("The proof of the declaration; only the payer's people and who decides can open it.")


@api.get("/programmes/<int:number>/admissions")
@token_required("money:read")
@api.output(PayerAdmissionsOut)
@api.doc(responses=[404])
def listed(number: int) -> Response:
    """Who asked and who is admitted: all for who runs the programme, one's own for others."""
    actor = the_actor()
    the_programme(number)
    return answer({"items": [_told(row) for row in admissions(number) if may_see_admission(actor, row)]})


@api.post("/programmes/<int:number>/admissions")
@token_required("money:write")
@takes_files(api, ApplyIn, json_too=True, document=PROOF)
@api.output(ProgrammeAdmissionOut)
@api.doc(responses=[404])
def ask(number: int, arriving: Arriving[ApplyIn]) -> Response:
    """Ask for admission, with the proof as a file where one is needed."""
    actor, now, arrived = the_actor(), clock.now(), arriving.read()
    the_programme(number)
    if (body := arrived.value) is None:
        raise Refusal(arrived.reasons)
    with PROOFS.arrived(arrived) as sent:
        said = Application(
            number, body.institution_id, body.small_firm, body.declaration.strip(), sent.take() or NO_PAPER
        )
        asked = perform(lambda: apply(actor, said, now, (*arrived.reasons, *sent.reasons)).id)
    return _one(asked)


@api.post("/programmes/admissions/<int:number>/decide")
@token_required("money:write")
@takes(api, DecideIn)
@api.output(ProgrammeAdmissionOut)
@api.doc(responses=[404, 412, 428])
def answer_one(number: int, wanted: Incoming[DecideIn]) -> Response:
    """Admit a payer, or refuse it with a reason. Needs If-Match."""
    actor, now, version, body = the_actor(), clock.now(), _version(number), whole(wanted)
    perform(lambda: decide(actor, number, version, body.admitted, body.expires_on, body.reason, now).id)
    return _one(number)


@api.post("/programmes/admissions/<int:number>/end")
@token_required("money:write")
@takes(api, EndIn)
@api.output(ProgrammeAdmissionOut)
@api.doc(responses=[404, 412, 428])
def end_one(number: int, wanted: Incoming[EndIn]) -> Response:
    """End an admission, with a reason. Needs If-Match."""
    actor, now, version, body = the_actor(), clock.now(), _version(number), whole(wanted)
    perform(lambda: end(actor, number, version, body.reason, now).id)
    return _one(number)


@api.get("/programmes/admissions/<int:number>/proof")
@token_required("money:read")
@api.doc(responses={200: downloads("The proof", *TYPES.values()), 404: ""})
def proof_file(number: int) -> Response:
    """The proof of a declaration."""
    return proof(number)


def _seen(number: int) -> ProgrammePayer:
    row = the_admission(number)
    if not may_see_admission(the_actor(), row):
        raise NotFound([Reason("no_admission", None, N_("There is no such request."))])
    return row


def _version(number: int) -> int | None:
    return versions.matched(_seen(number).version)


def _one(number: int) -> Response:
    row = the_admission(number)
    return answer(_told(row), version=row.version)


def _told(row: ProgrammePayer) -> dict[str, Any]:
    names = (
        "id", "programme_id", "payer_institution_id", "payer_person_id", "small_firm", "declaration", "expires_on",
        "asked_at", "decided_at", "decided_why", "version",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "state": state_on(row, today(clock.now())),
        "has_document": bool(row.document),
    }
