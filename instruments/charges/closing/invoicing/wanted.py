"""What a payer wants on its invoices: read, and set by the payer itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.charges.invoice_models import ORDINARY, SPECIAL, InvoiceDetails
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.identifiers import mail_address
from instruments.web.versions import stale

TEXTS: Mapping[str, int] = {
    "title": 200, "tax_number": 30, "address": 300, "phone": 40, "bank": 200, "bank_account": 80, "mail": 254,
}  # fmt: skip
TYPES: Mapping[str, str] = {ORDINARY: N_("Ordinary invoice"), SPECIAL: N_("Special VAT invoice")}
# Institutions of this country have a tax number.
HOME_COUNTRY = "CN"
# What a special invoice says beside title and tax number.
ALL_OF = ("address", "phone", "bank", "bank_account")
# Unified social credit codes have 18 characters, older tax numbers 15, 17 or 20.
TAX_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")


@dataclass(frozen=True, slots=True)
class Whose:
    """A payer: an institution, a person or a programme. is_taxpayer: an institution of this country, which has a tax number."""

    institution_id: int | None = None
    person_id: int | None = None
    programme_id: int | None = None
    is_taxpayer: bool = False

    @property
    def thing(self) -> tuple[str, int]:
        """As the journal names it."""
        kind, number = next((kind, number) for kind, number in self._kinds() if number is not None)
        return kind, number

    @property
    def columns(self) -> dict[str, int | None]:
        """As its details are kept."""
        return {f"{kind}_id": number for kind, number in self._kinds()}

    def _kinds(self) -> tuple[tuple[str, int | None], ...]:
        kinds = ("institution", "person", "programme")
        return tuple((kind, getattr(self, f"{kind}_id")) for kind in kinds)


def wanted_by(whose: Whose) -> InvoiceDetails | None:
    """What they want; None where they said nothing yet."""
    kind, number = whose.thing
    asked = select(InvoiceDetails).where(getattr(InvoiceDetails, f"{kind}_id") == number)
    return db.session.execute(asked).scalar()


def set_wanted(
    whose: Whose, given: Mapping[str, str], version: int | None, now: datetime, actor_id: int
) -> None:
    """Set all of it, inside a deed. Raises Refusal with every reason, Stale."""
    row = wanted_by(whose)
    if version is not None and version != (row.version if row else 0):
        raise stale()
    said = {name: " ".join(given.get(name, "").split()) for name in TEXTS}
    said["type"] = given.get("type", ORDINARY)
    said["tax_number"] = said["tax_number"].replace(" ", "").upper()
    if reasons := list(_wrong(said, whose)):
        raise Refusal(reasons)
    if row is None:
        row = InvoiceDetails(**whose.columns, version=0)
        db.session.add(row)
    for name, value in said.items():
        setattr(row, name, value)
    row.version += 1
    db.session.flush()
    record(
        now=now, actor_id=actor_id, deed="invoice_details.set", thing=whose.thing,
        institution_id=whose.institution_id, detail={"type": said["type"]},
    )  # fmt: skip


def _wrong(said: Mapping[str, str], whose: Whose) -> Iterator[Reason]:
    for name, most in TEXTS.items():
        if len(said[name]) > most:
            yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": most})
    if said["type"] not in TYPES:
        yield Reason("type", "type", N_("Choose an ordinary or a special invoice."))
    if not said["title"]:
        yield Reason("no_title", "title", N_("Write in whose name the invoice is."))
    yield from _wrong_number(said["tax_number"], whose)
    if said["mail"] and mail_address(said["mail"]) is None:
        yield Reason("mail", "mail", N_("This is no mail address."))
    yield from _not_special(said, whose)


def _wrong_number(number: str, whose: Whose) -> Iterator[Reason]:
    if not whose.is_taxpayer:
        return
    if not number:
        yield Reason(
            "no_tax_number", "tax_number", N_("Write the tax number: without it there is no invoice.")
        )
    elif not TAX_NUMBER.fullmatch(number):
        sentence = N_("A tax number has 15, 17, 18 or 20 digits and capital letters.")
        yield Reason("tax_number", "tax_number", sentence)


def _not_special(said: Mapping[str, str], whose: Whose) -> Iterator[Reason]:
    if said["type"] != SPECIAL:
        return
    if whose.person_id is not None:
        yield Reason("no_special", "type", N_("A person gets an ordinary invoice."))
        return
    for name in ALL_OF:
        if not said[name]:
            yield Reason("missing", name, N_("A special invoice needs it."))
    if not said["tax_number"] and not whose.is_taxpayer:
        yield Reason("missing", "tax_number", N_("A special invoice needs it."))
