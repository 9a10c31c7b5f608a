"""Where a thing of the journal is shown, by its kind and number; what has no page of its own leads to where it is listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ADDRESSES: Mapping[str, str] = {
    "person": "/people/{id}",
    "institution": "/institutions/{id}",
    "lab": "/labs/{id}",
    "group": "/groups/{id}",
    "instrument": "/instruments/{id}",
    "reservation": "/reservations/{id}",
    "series": "/reservations/series/{id}",
    "import_run": "/catalog/imports/{id}",
    "qualification": "/qualifications/{id}",
    "qualification_request": "/labs/{lab}/qualification-requests",
    "admission": "/admissions/{id}",
    "technique": "/labs/{lab}/techniques/{id}",
    "wait": "/waitlist/{id}",
    "rate_version": "/price-versions/{id}",
    "customer_split": "/labs/{lab}/prices",
    "service": "/services/{id}",
    "charge": "/charges/{id}",
    "fund": "/funds/{id}",
    "fund_request": "/funds/requests",
    "account": "/ledger/accounts/{id}",
    "programme": "/programmes/{id}",
    "statement": "/statements/{id}",
    "draft": "/statements/to-come/{id}",
    "closing": "/institutions/{institution}/months/{month}",
    "payment": "/payments/{id}",
    "payment_match": "/payments/matches/{id}",
    "invoice": "/institutions/{institution}/invoices/{id}",
    "settlement": "/settlements/{id}",
    "report": "/reports/{id}",
    "purchase_review": "/purchases/{id}",
    "use": "/uses/{id}",
    "usage_file": "/usage-files/{id}",
    "formal_quote": "/formal-quotes/{id}",
    "agreement": "/institutions/{institution}/agreement",
    "violation": "/violations/{id}",
    "utilization_view": "/utilization",
}
# What has no page: of the platform there is one alone, and a notice is read by whom it is for alone.
WITHOUT_PAGE = ("platform", "notice")


def address_of(
    kind: str,
    number: int,
    institution_id: int | None = None,
    lab_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> str:
    """The page of a thing; empty where there is none, or where it is not known in which lab or month it lies."""
    known = {"id": number, "institution": institution_id, "lab": lab_id, "month": (detail or {}).get("month")}
    pattern = ADDRESSES.get(kind, "")
    if kind == "technique" and lab_id is None:
        pattern = "/institutions/{institution}/techniques/{id}"
    needed = [name for name in known if "{" + name + "}" in pattern]
    return pattern.format(**known) if all(known[name] for name in needed) else ""
