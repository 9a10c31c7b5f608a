"""A lab's finer classes of customers: some institutions of a class, with prices of their own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.customer import LabPlace, Payer, customer_class
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor
from instruments.people.versions import locked
from instruments.rates.models import CustomerSplit, CustomerSplitMember, RatePrice, RateVersion
from instruments.rates.owners import CardOwner, note, nothing_here, owner_of, require_on, splits_of
from instruments.rates.terms import DRAFT, SPLIT_BASES

MOST_SPLITS, LONGEST_NAME = 20, 120


class Finer(NamedTuple):
    """What is said of a finer class: which class it divides, its names, the institutions in it."""

    base: str
    name_en: str
    name_zh: str
    institution_ids: tuple[int, ...]


def split_at(number: int) -> CustomerSplit:
    """The class of this number; NotFound where there is none."""
    found = db.session.get(CustomerSplit, number)
    if found is None:
        raise nothing_here()
    return found


def add_split(actor: Actor, owner: CardOwner, finer: Finer, now: datetime) -> CustomerSplit:
    """Divide a class: it has prices once a version that names it is published."""
    require_on(actor, Action.PRICES_EDIT, owner)
    _refuse(owner, finer, None)
    row = CustomerSplit(lab_id=owner.lab.id, base=finer.base, name_en=finer.name_en, name_zh=finer.name_zh)
    db.session.add(row)
    db.session.flush()
    _fill(row, finer.institution_ids)
    note(owner, "customers.divided", actor.person_id, now, ("customer_split", row.id), **_told(finer))
    return row


def change_split(actor: Actor, number: int, seen: int | None, finer: Finer, now: datetime) -> CustomerSplit:
    """Change its names and its institutions; which class it divides stays, as prices were published by it."""
    row = locked(CustomerSplit, number, seen)
    owner = owner_of("lab", row.lab_id)
    require_on(actor, Action.PRICES_EDIT, owner)
    finer = finer._replace(base=row.base)
    _refuse(owner, finer, row.id)
    row.name_en, row.name_zh = finer.name_en, finer.name_zh
    _fill(row, finer.institution_ids)
    note(owner, "customers.changed", actor.person_id, now, ("customer_split", row.id), **_told(finer))
    return row


def end_split(actor: Actor, number: int, seen: int | None, now: datetime) -> None:
    """Take it away with its prices in drafts; one that was published with prices keeps its name, and can be emptied."""
    row = locked(CustomerSplit, number, seen)
    owner, key = owner_of("lab", row.lab_id), row.key
    require_on(actor, Action.PRICES_EDIT, owner)
    prices, drafts = RatePrice, select(RateVersion.id).where(RateVersion.state == DRAFT)
    held = select(prices.id).where(prices.customer_class == key, prices.version_id.not_in(drafts)).limit(1)
    if db.session.scalar(held) is not None:
        sentence = N_("Prices were proposed or published for it. Take its institutions out instead.")
        raise Refusal([Reason("in_use", None, sentence)])
    db.session.execute(delete(prices).where(prices.customer_class == key))
    db.session.delete(row)
    db.session.flush()
    note(owner, "customers.joined", actor.person_id, now, ("customer_split", number))


def _fill(row: CustomerSplit, institution_ids: Collection[int]) -> None:
    member = CustomerSplitMember
    db.session.execute(delete(member).where(member.split_id == row.id))
    db.session.add_all(
        member(lab_id=row.lab_id, institution_id=each, split_id=row.id)
        for each in sorted(set(institution_ids))
    )
    db.session.flush()
    db.session.expire(row, ["members"])


def _refuse(owner: CardOwner, finer: Finer, own_id: int | None) -> None:
    reasons = [*_against_names(owner, finer, own_id), *_against_members(owner, finer, own_id)]
    if finer.base not in SPLIT_BASES:
        reasons.append(Reason("choice", "base", N_("Choose one of the list.")))
    if reasons:
        raise Refusal(reasons)


def _against_names(owner: CardOwner, finer: Finer, own_id: int | None) -> list[Reason]:
    reasons = []
    for field, sentence in (
        ("name_en", N_("Give the English name.")),
        ("name_zh", N_("Give the Chinese name.")),
    ):
        text = getattr(finer, field)
        if not text:
            reasons.append(Reason("missing", field, sentence))
        elif len(text) > LONGEST_NAME:
            most = N_("%(length)s characters; at most %(most)s fit.")
            reasons.append(Reason("too_long", field, most, {"length": len(text), "most": LONGEST_NAME}))
    others = [each for each in splits_of(owner.lab.id) if each.id != own_id]
    if any((each.name_zh, each.name_en) == (finer.name_zh, finer.name_en) for each in others):
        reasons.append(Reason("taken", "name_en", N_("The lab has a class of this name already.")))
    if own_id is None and len(others) >= MOST_SPLITS:
        reasons.append(
            Reason("too_many", "name_en", N_("At most %(most)s classes of its own."), {"most": MOST_SPLITS})
        )
    return reasons


def _against_members(owner: CardOwner, finer: Finer, own_id: int | None) -> list[Reason]:
    lab = LabPlace(owner.lab.id, owner.lab.institution_id, owner.lab.institution.country)
    rows = db.session.scalars(select(Institution).where(Institution.id.in_(finer.institution_ids))).all()
    reasons = []
    if len(rows) < len(set(finer.institution_ids)):
        reasons.append(Reason("no_institution", "institutions", N_("There is no such institution.")))
    wrong = [
        row for row in rows if customer_class(Payer(row.id, row.kind, row.country), lab).key != finer.base
    ]
    for row in wrong:
        sentence = N_("%(name)s is of another class for this lab.")
        values = {"name": f"{row.name_en} / {row.name_zh}"}
        reasons.append(Reason("other_class", "institutions", sentence, values))
    member = CustomerSplitMember
    elsewhere = db.session.scalars(
        select(member).where(
            member.lab_id == owner.lab.id,
            member.institution_id.in_(finer.institution_ids),
            member.split_id != (own_id or 0),
        )
    )
    for each in elsewhere:
        sentence = N_("%(name)s is in another class of the lab already.")
        values = {"name": f"{each.institution.name_en} / {each.institution.name_zh}"}
        reasons.append(Reason("elsewhere", "institutions", sentence, values))
    return reasons


def _told(finer: Finer) -> dict[str, object]:
    return {"base": finer.base, "name_en": finer.name_en, "institutions": list(finer.institution_ids)}
