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
from instruments.funds.views.doors import drop_proof, keep_proof, proof_of
from instruments.funds.whose import note_look
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.qualifications.evidence import LARGEST, TYPES
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.multipart import AFile, Arriving, downloads, kept_for_a_deed, takes_files

KINDS = ("application/pdf", "image/jpeg", "image/png", "image/webp")
PROOF = AFile(
    "The proof of the declaration; only the payer's people and who decides can open it.", KINDS, LARGEST
)


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
    with kept_for_a_deed(
        arrived.files.get("document"), keep_proof, lambda kept: drop_proof(kept[0])
    ) as proof:
        if reasons := [*arrived.reasons, *proof.reasons]:
            raise Refusal(reasons)
        said = Application(
            number, body.institution_id, body.small_firm, body.declaration.strip(), proof.value or ("", "")
        )
        asked = perform(lambda: apply(actor, said, now).id)
        proof.take()
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
    actor, row = the_actor(), _seen(number)
    found = proof_of(row)
    if row.asked_by_id != actor.person_id:
        thing, home, now = ("programme", row.programme_id), row.payer_institution_id or 0, clock.now()
        perform(lambda: note_look(actor, thing, home, now, "proof"))
    return found


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
        "state", "asked_at", "decided_at", "decided_why", "version",
    )  # fmt: skip
    return {**{name: getattr(row, name) for name in names}, "has_document": bool(row.document)}
