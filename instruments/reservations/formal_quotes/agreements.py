"""Framework agreements: published by an institution, accepted once by each payer for all its orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.formal_quotes.models import AgreementAcceptance, FrameworkAgreement

LONGEST_TEXT = 40_000
_AGREEMENT: Any = FrameworkAgreement.__table__
_ACCEPTANCE: Any = AgreementAcceptance.__table__


def agreement_of(institution_id: int) -> Row[Any] | None:
    """The newest agreement of an institution (id, number, text_en, text_zh, published_at); None where it has none."""
    return db.session.execute(
        select(_AGREEMENT)
        .where(_AGREEMENT.c.institution_id == institution_id)
        .order_by(_AGREEMENT.c.number.desc())
        .limit(1)
    ).first()


def agreement_numbered(institution_id: int, number: int) -> Row[Any] | None:
    """The agreement of this number, for orders that were made under it; None where there is none."""
    return db.session.execute(
        select(_AGREEMENT).where(_AGREEMENT.c.institution_id == institution_id, _AGREEMENT.c.number == number)
    ).first()


def acceptance_of(agreement_id: int, payer_institution_id: int | None, person_id: int) -> Row[Any] | None:
    """When and by whom a payer accepted it; None where it did not. A person counts only without an institution."""
    payer = (
        _ACCEPTANCE.c.payer_institution_id == payer_institution_id
        if payer_institution_id is not None
        else _ACCEPTANCE.c.payer_person_id == person_id
    )
    return db.session.execute(
        select(_ACCEPTANCE).where(_ACCEPTANCE.c.agreement_id == agreement_id, payer)
    ).first()


def is_company(institution_id: int | None) -> bool:
    """Whether it is a company, which is called so, rather than another institution."""
    home = db.session.get(Institution, institution_id) if institution_id is not None else None
    return home is not None and home.kind == "company"


def may_accept_for(actor: Actor) -> bool:
    """Whether this person binds whoever pays: a manager of the company, or a person who pays alone."""
    return actor.institution_id is None or may(actor, Action.AGREEMENT_ACCEPT, Scope(actor.institution_id))


def publish(
    actor: Actor, institution_id: int, texts: tuple[str, str], seen_number: int, now: datetime
) -> int:
    """Publish an agreement in English and Chinese, inside a deed; its number. It holds for what is accepted from now on.

    seen_number: the newest that the actor saw, 0 for none. Raises Refusal with every reason, Stale when another was
    published meanwhile.
    """
    said = tuple(text.strip() for text in texts)
    if reasons := list(_objections(*said)):
        raise Refusal(reasons)
    newest = db.session.scalar(
        select(func.max(_AGREEMENT.c.number)).where(_AGREEMENT.c.institution_id == institution_id)
    )
    if (newest or 0) != seen_number:
        raise _published_meanwhile()
    number = seen_number + 1
    values = {
        "institution_id": institution_id, "number": number, "text_en": said[0], "text_zh": said[1],
        "published_by_id": actor.person_id, "published_at": now,
    }  # fmt: skip
    try:
        made = db.session.scalar(insert(_AGREEMENT).values(values).returning(_AGREEMENT.c.id))
    except IntegrityError as error:
        raise _published_meanwhile() from error
    record(
        now=now, actor_id=actor.person_id, deed="agreement.published", thing=("agreement", int(made or 0)),
        institution_id=institution_id, detail={"number": number},
    )  # fmt: skip
    return number


def accept_agreement(actor: Actor, institution_id: int, number: int, now: datetime) -> None:
    """Accept the agreement of this number for whoever the actor binds, inside a deed; again changes nothing.

    Raises Forbidden for who binds nobody, Stale where a newer one holds, Refusal where there is none.
    """
    if not may_accept_for(actor):
        remedy = N_("Ask a manager of your company to accept it.")
        sentence = N_("Only who manages your company accepts an agreement for it.")
        raise Forbidden([Reason("not_binding", None, sentence, {}, remedy)])
    row = agreement_of(institution_id)
    if row is None:
        raise Refusal([Reason("no_agreement", None, N_("This institution has published no agreement."))])
    if row.number != number:
        raise _published_meanwhile()
    if acceptance_of(row.id, actor.institution_id, actor.person_id) is not None:
        return
    alone = actor.institution_id is None
    values = {
        "agreement_id": row.id, "payer_institution_id": actor.institution_id,
        "payer_person_id": actor.person_id if alone else None, "accepted_by_id": actor.person_id, "accepted_at": now,
    }  # fmt: skip
    db.session.execute(insert(_ACCEPTANCE).values(values))
    record(
        now=now, actor_id=actor.person_id, deed="agreement.accepted", thing=("agreement", row.id),
        institution_id=institution_id, detail={"number": number, "payer_institution_id": actor.institution_id},
    )  # fmt: skip


def _objections(english: str, chinese: str) -> Iterator[Reason]:
    for name, text in (("text_en", english), ("text_zh", chinese)):
        if not text:
            yield Reason("no_text", name, N_("Write the agreement in both languages."))
        elif len(text) > LONGEST_TEXT:
            yield Reason(
                "text_too_long", name, N_("Shorten it to %(most)s characters."), {"most": LONGEST_TEXT}
            )


def _published_meanwhile() -> Stale:
    sentence = N_("Another agreement was published since you opened this one.")
    return Stale([Reason("stale", None, sentence, {}, N_("Read it, then decide."))])
