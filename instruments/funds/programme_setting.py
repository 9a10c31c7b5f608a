"""Open programmes, change their terms, close them; and read their terms as the rules know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, together
from instruments.funds.opening import NO_CURRENCY
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.programmes import Programme, objections
from instruments.journal.record import record
from instruments.money import Money, is_current
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Role, Scope, may
from instruments.people.versions import changes, locked

PAYER_KINDS = ("university", "institute", "public", "company", "individual")
LONGEST_TEXT = 4000
_LIMITS = ("cap_per_order", "cap_per_year", "budget")


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a programme besides its terms. institution_id: whose it is, None for the platform's."""

    code: str
    name_en: str
    name_zh: str
    currency: str
    terms: Programme
    institution_id: int | None = None
    description_en: str = ""
    description_zh: str = ""
    needs_proof: bool = False


def terms_of(row: ProgrammeRow) -> Programme:
    """The terms of a programme, as funds.programmes reads them."""
    limits = {
        name: None if units is None else Money.from_units(units, row.currency)
        for name in _LIMITS
        for units in [getattr(row, f"{name}_units")]
    }
    both = f"{row.name_en} / {row.name_zh}" if row.name_en and row.name_zh else row.name_en or row.name_zh
    return Programme(
        name=both,
        rate=Decimal(row.rate) / 100,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        payer_kinds=frozenset(row.payer_kinds),
        small_firms_only=row.small_firms_only,
        instrument_classes=frozenset(row.class_codes),
        institutions=frozenset([row.institution_id] if row.institution_id else row.institution_ids),
        lines=frozenset(row.lines),
        combines=row.combines,
        afterwards=row.afterwards,
        owner_id=row.institution_id,
        **limits,
    )


def scope_of(institution_id: int | None) -> Scope:
    """Where a programme stands: its institution, or the platform."""
    return Scope(institution_id)


def the_programme(number: int) -> ProgrammeRow:
    """A programme; raises NotFound."""
    row = db.session.get(ProgrammeRow, number)
    if row is None:
        raise NotFound([Reason("no_programme", None, N_("There is no such programme."))])
    return row


def may_edit(actor: Actor, institution_id: int | None) -> bool:
    """Whether somebody runs the programmes there (sets terms, admits, opens proofs, reads what was paid): an institution's
    own finance its own, the platform's administrators the platform's, and neither the other's."""
    if institution_id is None:
        return actor.has(Role.PLATFORM_ADMINISTRATOR)
    return may(actor, Action.PROGRAMME_EDIT, scope_of(institution_id))


def open_programme(
    actor: Actor, described: Described, now: datetime, already: Sequence[Reason] = ()
) -> ProgrammeRow:
    """Open a programme, inside a deed. Raises Forbidden, or Refusal with every reason."""
    _require(actor, described.institution_id)
    if reasons := together(already, _objections(described, None)):
        raise Refusal(reasons)
    row = ProgrammeRow(
        institution_id=described.institution_id, currency=described.currency, **_columns(described)
    )
    db.session.add(row)
    db.session.flush()
    _note(row, "programme.opened", actor, now, {"code": row.code})
    return row


def edit_programme(
    actor: Actor,
    number: int,
    version: int | None,
    described: Described,
    now: datetime,
    already: Sequence[Reason] = (),
) -> ProgrammeRow:
    """Change the terms of a programme from now on, inside a deed: what was granted keeps its own.

    Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = the_programme(number)
    _require(actor, row.institution_id)
    row = locked(ProgrammeRow, number, row.version if version is None else version)
    if reasons := together(already, _objections(described, row)):
        raise Refusal(reasons)
    found = changes(row, _columns(described))
    db.session.flush()
    _note(
        row,
        "programme.edited",
        actor,
        now,
        found,
    )
    return row


def close_programme(actor: Actor, number: int, version: int | None, now: datetime) -> ProgrammeRow:
    """Close a programme for new orders, inside a deed; what is reserved stays so. Raises NotFound, Forbidden, Stale."""
    row = the_programme(number)
    _require(actor, row.institution_id)
    row = locked(ProgrammeRow, number, row.version if version is None else version)
    row.state = "closed"
    db.session.flush()
    _note(row, "programme.closed", actor, now, {})
    return row


def _require(actor: Actor, institution_id: int | None) -> None:
    if not may_edit(actor, institution_id):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])


def _columns(described: Described) -> dict[str, Any]:
    terms = described.terms
    limits = {
        f"{name}_units": None if limit is None else limit.units
        for name in _LIMITS
        for limit in [getattr(terms, name)]
    }
    return {
        "code": described.code,
        "name_en": described.name_en,
        "name_zh": described.name_zh,
        "description_en": described.description_en,
        "description_zh": described.description_zh,
        "needs_proof": described.needs_proof,
        "rate": int(terms.rate * 100),
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "payer_kinds": sorted(terms.payer_kinds),
        "small_firms_only": terms.small_firms_only,
        "class_codes": sorted(terms.instrument_classes),
        "institution_ids": sorted(terms.institutions),
        "lines": sorted(terms.lines),
        "combines": terms.combines,
        "afterwards": terms.afterwards,
        **limits,
    }


def _objections(described: Described, row: ProgrammeRow | None) -> Iterator[Reason]:
    yield from _naming(described, row)
    terms = described.terms
    if terms.rate * 100 != int(terms.rate * 100):
        yield Reason("too_fine", "rate", N_("At most two decimals."))
    if row is None and not is_current(described.currency):
        yield NO_CURRENCY
    yield from objections(terms, row.currency if row is not None else described.currency)
    if terms.payer_kinds - set(PAYER_KINDS):
        yield Reason("payer_kind", "payer_kinds", N_("Choose one of these."))
    codes = terms.instrument_classes
    if codes and len(db.session.scalars(_known(InstrumentClass.code, codes)).all()) != len(codes):
        yield Reason("no_class", "class_codes", N_("There is no such class of instruments."))
    places = terms.institutions
    if places and len(db.session.scalars(_known(Institution.id, places)).all()) != len(places):
        yield Reason("no_institution", "institution_ids", N_("There is no such institution."))


def _known(column: Any, values: frozenset[Any]) -> Any:
    return select(column).where(column.in_(values))


def _naming(described: Described, row: ProgrammeRow | None) -> Iterator[Reason]:
    if not described.code:
        yield Reason("missing", "code", N_("Give the programme a code."))
    if not described.name_en and not described.name_zh:
        yield Reason("missing", "name_en", N_("Give a name, in English letters or in Chinese."))
    most = {
        "code": 60,
        "name_en": 200,
        "name_zh": 200,
        "description_en": LONGEST_TEXT,
        "description_zh": LONGEST_TEXT,
    }
    for field, longest in most.items():
        length = len(getattr(described, field))
        if length > longest:
            values = {"length": length, "most": longest}
            yield Reason("too_long", field, N_("%(length)s characters; at most %(most)s fit."), values)
    other = select(ProgrammeRow.id).where(ProgrammeRow.code == described.code)
    if row is not None:
        other = other.where(ProgrammeRow.id != row.id)
    if described.code and db.session.scalar(other) is not None:
        yield Reason("code_taken", "code", N_("Another programme has this code."))


def _note(row: ProgrammeRow, deed: str, actor: Actor, now: datetime, detail: dict[str, Any]) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("programme", row.id),
        institution_id=row.institution_id, detail=detail,
    )  # fmt: skip
