"""For whom a search is and whose prices it tells, as the pages of a search offer and say both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from instruments.errors import Reason, Refusal
from instruments.funds.naming import with_code
from instruments.people.customer import Payer
from instruments.people.rights import Actor
from instruments.reservations.users import is_over_few, is_over_many, members_anywhere, user_anywhere
from instruments.search.paying import Paying, paying
from instruments.search.question import Question
from instruments.web.language import in_language

MOST_PEOPLE = 200


@dataclass(frozen=True)
class Search:
    """A question with nobody and no fund in it that are not the reader's to name.

    user: for whom it is; None for strangers. is_own: whether that is the reader.
    """

    question: Question
    user: Actor | None
    paid: Paying | None
    reasons: Sequence[Reason] = ()
    is_own: bool = True

    @property
    def payer(self) -> Payer | None:
        """At whose prices it is answered."""
        return self.paid.payer if self.paid else None

    @property
    def name(self) -> str:
        """Whom it is for; nothing where that is the reader."""
        return "" if self.is_own or self.user is None else in_language(self.user.name_en, self.user.name_zh)


def searched(question: Question, actor: Actor | None, now: datetime) -> Search:
    """The question as the reader may ask it: for whom they may not book it is not answered, and says so."""
    if actor is None:
        return Search(replace(question, whom="", fund=None), None, None)
    user, reasons = actor, list[Reason]()
    try:
        user = user_anywhere(question.whom, actor, now)
    except Refusal as refusal:
        reasons = list(refusal.reasons)
    is_own = user.person_id == actor.person_id
    paid = paying(user, question.fund, question.first_day)
    known = {"", *(str(row.id) for row in paid.funds)}
    fund = question.fund if question.fund in known else None
    question = replace(question, whom="" if is_own else str(user.person_id), fund=fund)
    return Search(question, user, paid, reasons, is_own)


def offered(search: Search, actor: Actor | None, now: datetime) -> dict[str, Any] | None:
    """What the page offers: the funds to choose from and the one whose prices are told, and for whom else to look: `people`
    where these are the few of a group, or a mail address (`typed`) where they are many; nothing for strangers."""
    if actor is None or search.paid is None or search.user is None:
        return None
    return {
        "options": [(row.id, with_code(row)) for row in search.paid.funds],
        "chosen": search.paid.fund_id or "",
        "people": _people(actor, now) if is_over_few(actor) and not is_over_many(actor) else [],
        "whom": search.question.whom,
        "by_mail": is_over_many(actor),
        "typed": search.question.typed.get("for", "")
        if search.reasons
        else ""
        if search.is_own
        else search.user.mail,
        "name": search.name,
    }


def _people(actor: Actor, now: datetime) -> list[tuple[int, str]]:
    found = members_anywhere(actor, now, MOST_PEOPLE)
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in found if row.id != actor.person_id]
