"""Public price lists: of a lab, as of today or of a date; of a service with what it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from instruments.pages.published_prices import published_prices
from instruments.pages.views.doors import pages
from instruments.people.signing import current_actor
from instruments.rates.described import FIRST_DAY, LAST_DAY
from instruments.rates.listed import with_own_list
from instruments.rates.owners import CardOwner, nothing_here, owner_of
from instruments.rates.serving import services_of
from instruments.web import clock
from instruments.web.access import public
from instruments.web.language import in_language


@pages.get("/labs/<int:lab_id>/published-prices")
@public
def lab_prices(lab_id: int) -> ResponseReturnValue:
    """What a lab charges for its instruments, and which of them and of its services have prices of their own."""
    owner = owner_of("lab", lab_id)
    today, on = owner.today(clock.now()), _day_asked()
    day = on or today
    return render_template(
        "pages/prices.html",
        **_about(owner),
        priced=published_prices(owner, current_actor(), clock.now(), on),
        day=day,
        today=today,
        others=with_own_list(lab_id, day),
        services=services_of(lab_id),
    )


@pages.get("/services/<int:number>")
@public
def service(number: int) -> ResponseReturnValue:
    """A service of a lab, and what it costs."""
    owner = owner_of("service", number)
    if owner.row.archived:
        raise nothing_here()
    today, on = owner.today(clock.now()), _day_asked()
    return render_template(
        "pages/offered_service.html",
        **_about(owner),
        service=owner.row,
        title=in_language(owner.row.name_en, owner.row.name_zh),
        description=in_language(owner.row.description_en, owner.row.description_zh),
        priced=published_prices(owner, current_actor(), clock.now(), on),
        day=on or today,
        today=today,
    )


def _about(owner: CardOwner) -> dict[str, Any]:
    lab = owner.lab
    return {
        "lab": lab,
        "lab_name": in_language(lab.name_en, lab.name_zh),
        "institution": lab.institution,
        "institution_name": in_language(lab.institution.name_en, lab.institution.name_zh),
    }


def _day_asked() -> date | None:
    """The date of the address; what is none, or beyond every price list, is as if nothing were asked."""
    try:
        found = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None
    return found if FIRST_DAY <= found < LAST_DAY else None
