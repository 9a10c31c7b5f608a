"""What a public page says to search engines: schema.org data of an instrument, a lab, an institution."""

from __future__ import annotations

from typing import Any

from flask import current_app

from instruments.catalog.models import Instrument
from instruments.people.models import Institution, Lab
from instruments.web.language import in_language

CONTEXT = "https://schema.org"
KINDS = {
    "university": "CollegeOrUniversity",
    "institute": "ResearchOrganization",
    "company": "Corporation",
    "public": "GovernmentOrganization",
}


def address(path: str) -> str:
    """A path of this site as a whole address."""
    return f"{current_app.config['BASE_URL']}{path}"


def of_instrument(thing: Instrument, lab: Lab, institution: Institution) -> dict[str, Any]:
    """An instrument as a single product that its lab lends by the hour; nothing about who works there."""
    subject = thing.instrument_class
    found = {
        "@context": CONTEXT,
        "@type": "IndividualProduct",
        "@id": address(f"/instruments/{thing.id}"),
        "url": address(f"/instruments/{thing.id}"),
        **_named(thing.name_en, thing.name_zh),
        "description": in_language(thing.description_en, thing.description_zh),
        "image": address(f"/instruments/{thing.id}/photo") if thing.photo else "",
        "manufacturer": {"@type": "Organization", "name": thing.maker} if thing.maker else "",
        "model": thing.model,
        "category": in_language(subject.name_en, subject.name_zh) if subject else "",
        "sku": thing.asset_number,
        "keywords": ", ".join(in_language(each.name_en, each.name_zh) for each in thing.techniques),
        "additionalProperty": [_property(each) for each in thing.specifications],
        "offers": ""
        if thing.status == "retired"
        else {
            "@type": "Offer",
            "businessFunction": "http://purl.org/goodrelations/v1#LeaseOut",
            "offeredBy": of_lab(lab, institution, context=False),
        },
    }
    return _filled(found)


def of_lab(lab: Lab, institution: Institution, *, context: bool = True) -> dict[str, Any]:
    """A lab as an organization within its institution."""
    found = {
        **({"@context": CONTEXT} if context else {}),
        "@type": "ResearchOrganization",
        "@id": address(f"/labs/{lab.id}"),
        "url": address(f"/labs/{lab.id}"),
        **_named(lab.name_en, lab.name_zh),
        "description": in_language(lab.description_en, lab.description_zh) if context else "",
        "address": _place(lab),
        "parentOrganization": of_institution(institution, context=False),
    }
    return _filled(found)


def of_institution(institution: Institution, *, context: bool = True) -> dict[str, Any]:
    """A university, institute or company."""
    found = {
        **({"@context": CONTEXT} if context else {}),
        "@type": KINDS[institution.kind],
        "@id": address(f"/institutions/{institution.id}"),
        "url": address(f"/institutions/{institution.id}"),
        **_named(institution.name_en, institution.name_zh),
        "sameAs": [link for link in (institution.ror, institution.website) if link] if context else "",
        "description": in_language(institution.description_en, institution.description_zh) if context else "",
        "address": _place(institution) if context else "",
    }
    return _filled(found)


def _named(english: str, chinese: str) -> dict[str, str]:
    name, other = in_language(english, chinese), in_language(chinese, english)
    return {"name": name, "alternateName": other if other != name else ""}


def _place(owner: Lab | Institution) -> Any:
    city = in_language(owner.city_en, owner.city_zh)
    if not (city or owner.address):
        return ""
    return _filled({"@type": "PostalAddress", "streetAddress": owner.address, "addressLocality": city})


def _property(specification: dict[str, str]) -> dict[str, str]:
    return _filled(
        {
            "@type": "PropertyValue",
            "name": specification.get("name", ""),
            "value": specification.get("value", ""),
            "unitText": specification.get("unit", ""),
        }
    )


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value not in ("", [], None)}
