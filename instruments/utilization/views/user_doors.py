"""What the pages of whose use share: whose it is, and the view of an address."""

from __future__ import annotations

from flask import request

from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.utilization import asking
from instruments.utilization.asking import BY, View
from instruments.utilization.user_figures import HAVING
from instruments.utilization.user_places import Whose
from instruments.utilization.views.doors import compared, with_days
from instruments.web import clock
from instruments.web.language import in_language

ASKED = ("period", "against", "open", "by")


def view_of(whose: Whose, asked: dict[str, str] | None = None) -> View:
    """What the address asks for, or these fields instead; raises Refusal where it cannot be read."""
    fields = with_days(request.args.to_dict() if asked is None else asked)
    if fields.get("by") and fields["by"] not in BY:
        raise NotFound([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    told = {name: fields.get(name, "") for name in ASKED}
    return compared(asking.read({"of": whose.code, **told}, clock.now().date()), told)


def having_of() -> str:
    """Of which measure the rows have any that the address asks for; empty: all rows. Raises Refusal where it is none."""
    having = request.args.get("having") or ""
    if having and having not in HAVING:
        sentence = N_("This is none of the choices: %(choices)s.")
        raise Refusal([Reason("choice", "having", sentence, {"choices": ", ".join(HAVING)})])
    return having


def name_of_whose(whose: Whose) -> str:
    """What a group or an institution is called."""
    return in_language(whose.name_en, whose.name_zh)
