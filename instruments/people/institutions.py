"""Add and edit institutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people import identifiers, renaming
from instruments.people.forms import COUNTRIES, Form
from instruments.people.models import Institution, MailDomain
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.versions import changes, locked

KINDS = ("university", "institute", "company", "public")
OWNERS = ("university", "institute")
LONGEST_TEXT = 5000


@dataclass(frozen=True)
class Described:
    """What is said of an institution."""

    kind: str
    name_en: str
    name_zh: str
    ror: str | None
    credit_code: str | None
    country: str
    zone: str
    province_en: str
    province_zh: str
    city_en: str
    city_zh: str
    address: str
    website: str
    description_en: str
    description_zh: str


def read(form: Form, fixed: Institution | None = None) -> tuple[Described, list[str]]:
    """The institution that a form describes, and its mail domains; reasons gather in the form.

    fixed: whose kind and country, by which its people pay, are not for the sender to change.
    """
    kind = fixed.kind if fixed else form.choice("kind", KINDS)
    name_en, name_zh = form.both_names()
    described = Described(
        kind=kind,
        name_en=name_en,
        name_zh=name_zh,
        ror=_ror(form),
        credit_code=_credit_code(form, kind),
        country=fixed.country if fixed else form.choice("country", COUNTRIES, "CN"),
        zone=form.zone(),
        province_en=form.text("province_en", 80),
        province_zh=form.text("province_zh", 80),
        city_en=form.text("city_en", 80),
        city_zh=form.text("city_zh", 80),
        address=form.text("address", 300),
        website=form.website(),
        description_en=form.text("description_en", LONGEST_TEXT),
        description_zh=form.text("description_zh", LONGEST_TEXT),
    )
    return described, _domains(form)


def add(
    described: Described, domains: list[str], already: list[Reason], actor: Actor | None, now: datetime
) -> Institution:
    """Add an institution. already: reasons found while reading, told together with those found here.

    actor: None at the command line, where the first institution comes before anybody who could have a role.
    """
    if actor is not None:
        _require(actor, Action.INSTITUTION_ADD, Scope())
    _refuse_taken(described, domains, already, None)
    institution = Institution(**asdict(described))
    institution.domains = [MailDomain(domain=domain) for domain in domains]
    db.session.add(institution)
    db.session.flush()
    detail = {"name_en": described.name_en, "domains": " ".join(domains)}
    _note("institution.added", institution, actor, now, detail)
    return institution


def edit(
    institution_id: int, version: int | None, described: Described, domains: list[str] | None,
    already: list[Reason], actor: Actor, now: datetime,
) -> Institution:  # fmt: skip
    """Change what is said of an institution, as it was at `version`; domains None leaves them as they are."""
    scope = Scope(institution_id=institution_id)
    _require(actor, Action.INSTITUTION_EDIT, scope)
    if domains is not None:
        _require(actor, Action.DOMAINS_EDIT, scope)
    institution = locked(Institution, institution_id, version)
    _refuse_taken(described, domains or [], already, institution_id)
    found = changes(institution, asdict(described))
    before = [each.domain for each in institution.domains]
    if domains is not None and set(before) != set(domains):
        kept = {each.domain: each for each in institution.domains}
        institution.domains = [kept.get(domain) or MailDomain(domain=domain) for domain in domains]
        found["domains"] = [" ".join(before), " ".join(domains)]
    db.session.flush()
    renaming.institution_changed(institution.id, found)
    _note("institution.edited", institution, actor, now, found)
    return institution


def _require(actor: Actor, action: Action, scope: Scope) -> None:
    if not may(actor, action, scope):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])


def _ror(form: Form) -> str | None:
    given = form.text("ror", 60)
    found = identifiers.ror(given)
    if given and found is None:
        sentence = N_(
            "This is not a ROR id. It looks like https://ror.org/03yrm5c26, and its last two digits check it."
        )
        form.refuse("ror", "ror", sentence)
    return found


def _credit_code(form: Form, kind: str) -> str | None:
    given = form.text("credit_code", 40).replace(" ", "")
    if not given:
        if kind == "company":
            form.refuse(
                "missing", "credit_code", N_("A company has a unified social credit code of 18 characters.")
            )
        return None
    if len(given) != identifiers.CREDIT_LENGTH:
        sentence = N_("%(length)s characters; the code has 18. It is on the business licence, top right.")
        form.refuse("credit_code", "credit_code", sentence, length=len(given))
        return None
    found = identifiers.credit_code(given)
    if found is None:
        sentence = N_("The last character of this code does not fit the others. Compare it with the licence.")
        form.refuse("credit_code", "credit_code", sentence)
    return found


def _domains(form: Form) -> list[str]:
    found: list[str] = []
    for given in form.text("domains", 2000).replace(",", " ").replace("，", " ").replace("、", " ").split():
        domain = identifiers.mail_domain(given)
        if domain is None:
            form.refuse(
                "domain",
                "domains",
                N_("%(domain)s is not a mail domain. One looks like qinling.edu.cn."),
                domain=given,
            )
        elif domain in identifiers.OPEN_DOMAINS:
            form.refuse(
                "open_domain", "domains", N_("Anybody can have an address at %(domain)s."), domain=domain
            )
        elif domain not in found:
            found.append(domain)
    return sorted(found)


def _refuse_taken(
    described: Described, domains: list[str], already: list[Reason], own_id: int | None
) -> None:
    reasons = list(already)
    others = Institution.id != (own_id or 0)
    for column, value in (("ror", described.ror), ("credit_code", described.credit_code)):
        if value and (
            name := _first(select(Institution.name_en).where(getattr(Institution, column) == value, others))
        ):
            reasons.append(
                Reason("taken", column, N_("%(name)s is listed with this one already."), {"name": name})
            )
    for domain in domains:
        held = select(Institution.name_en).join(MailDomain).where(MailDomain.domain == domain, others)
        if name := _first(held):
            sentence = N_("%(domain)s belongs to %(name)s.")
            reasons.append(Reason("taken", "domains", sentence, {"domain": domain, "name": name}))
    if reasons:
        raise Refusal(reasons)


def _first(statement: object) -> str | None:
    return db.session.scalars(statement).first()


def _note(deed: str, institution: Institution, actor: Actor | None, now: datetime, detail: dict) -> None:
    record(
        now=now, actor_id=actor and actor.person_id, deed=deed, thing=("institution", institution.id),
        institution_id=institution.id, detail=detail,
    )  # fmt: skip


def after(number: int, most: int) -> Sequence[Institution]:
    """Institutions with a greater number, in the order of their numbers."""
    found = select(Institution).where(Institution.id > number).order_by(Institution.id).limit(most)
    return db.session.scalars(found).all()


def get(institution_id: int) -> Institution:
    """The institution, or NotFound."""
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound([Reason("not_found", None, N_("There is no such institution."))])
    return institution
