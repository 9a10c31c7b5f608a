"""Which class of customer a payer is, as seen from an instrument's lab: derived, never chosen, and told with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.errors import N_, Reason
from instruments.people.rights import Actor

OWN_LAB, OWN_INSTITUTION, PARTNER = "own_lab", "own_institution", "partner"
PUBLIC, COMPANY, INDIVIDUAL, ABROAD = "public", "company", "individual", "abroad"
CLASSES = (OWN_LAB, OWN_INSTITUTION, PARTNER, PUBLIC, COMPANY, INDIVIDUAL, ABROAD)
# Institutions of the platform's own kind, whose members are partners of one another.
SCHOLARLY = ("university", "institute")


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: an institution of a kind in a country (two letters), and the labs that the person or group belongs to.

    A person who belongs to no institution pays alone: institution_id None.
    """

    institution_id: int | None = None
    kind: str | None = None
    country: str | None = None
    lab_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LabPlace:
    """The lab that asks for the price, where it stands."""

    lab_id: int
    institution_id: int
    country: str


@dataclass(frozen=True, slots=True)
class CustomerClass:
    """One of CLASSES, and the sentence that says why it is this one."""

    key: str
    why: Reason


WHY = {
    OWN_LAB: N_("The payer belongs to this lab."),
    OWN_INSTITUTION: N_("The payer belongs to the same institution as this lab."),
    PARTNER: N_("The payer is another university or institute."),
    PUBLIC: N_("The payer is another public body."),
    COMPANY: N_("The payer is a company."),
    INDIVIDUAL: N_("The payer belongs to no institution and pays alone."),
    ABROAD: N_("The payer is an institution in another country than this lab."),
}


def payer_of(actor: Actor) -> Payer:
    """Who pays where a person pays for what they use, and nothing else is said."""
    return Payer(actor.institution_id, actor.institution_kind, actor.institution_country, actor.lab_ids)


def customer_class(payer: Payer, lab: LabPlace) -> CustomerClass:
    """The class of a payer: the nearest to the lab that fits."""
    key = _key(payer, lab)
    return CustomerClass(key, Reason(key, None, WHY[key]))


def _key(payer: Payer, lab: LabPlace) -> str:
    if lab.lab_id in payer.lab_ids:
        return OWN_LAB
    if payer.institution_id == lab.institution_id:
        return OWN_INSTITUTION
    if payer.institution_id is None:
        return INDIVIDUAL
    if payer.country != lab.country:
        return ABROAD
    return PARTNER if payer.kind in SCHOLARLY else _other(payer.kind)


def _other(kind: str | None) -> str:
    return PUBLIC if kind == "public" else COMPANY
