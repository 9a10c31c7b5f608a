"""The papers of a formal quote: what was offered, and the annex to the order that its acceptance makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from instruments.documents.paper import RIGHT, Column, Letterhead, Paper, Paragraphs, Table
from instruments.money import Money, total
from instruments.people.models import Institution
from instruments.reservations.formal_quotes.words import (
    Shown,
    borne_of,
    in_years,
    lines_of,
    shown,
    span_in_years,
    total_of,
)
from instruments.reservations.paying.recalling import Borne
from instruments.reservations.paying.words import shown_lines
from instruments.web import formats, wording
from instruments.web.language import in_language, is_chinese

# States in which what was offered no longer binds: the paper says so across its head.
STAMPED = ("declined", "withdrawn", "expired")


@dataclass(frozen=True, slots=True)
class Order:
    """What came of a quote that was accepted: when and by whom, under which agreement, paid from what, a line each; borne: what
    programmes have reserved for it."""

    accepted_at: datetime
    accepted_by: str
    agreement: int | None
    agreed_at: datetime | None
    agreed_by: str
    paid_from: tuple[str, ...]
    borne: tuple[Borne, ...] = ()


def quote_paper(
    row: Any, creditor: Institution, payer: Institution | None, address: str, now: datetime
) -> Paper:
    """The quote on paper. row: of `finding`; address: where it is accepted. In the reader's language."""
    one = shown(row, now)
    binding = [
        gettext("The prices bind until %(moment)s.", moment=in_years(row.valid_until, row.zone)),
        gettext("This quote holds no time: the time is held from the moment the quote is accepted."),
        gettext("It is accepted once, online: %(address)s", address=address),
    ]
    if row.borne:
        sentence = gettext(
            "What programmes bear is reserved when the quote is accepted, as far as their caps and budgets reach then;"
            " the payer bears the rest."
        )
        binding.append(sentence)
    facts = (
        (gettext("Number"), one.number),
        (gettext("Written"), in_years(row.made_at, row.zone)),
        (gettext("Valid until"), in_years(row.valid_until, row.zone)),
        *_what(row, one),
    )
    return Paper(
        paper_language(),
        gettext("Quote %(number)s", number=one.number),
        _letterhead(one, creditor, payer),
        facts,
        (_lines(row, borne_of(row)), Paragraphs(tuple(binding), gettext("Terms"))),
        one.mark[0] if one.state in STAMPED else "",
        f"{one.number} · {one.creditor}",
        page_of(),
    )


def annex_paper(
    row: Any, order: Order, creditor: Institution, payer: Institution | None, now: datetime
) -> Paper:
    """The annex to the order: what was ordered at which price, and under which agreement. In the reader's language."""
    one = shown(row, now)
    facts = (
        (gettext("Quote"), one.number),
        (gettext("Accepted"), in_years(order.accepted_at, row.zone)),
        (gettext("Accepted by"), order.accepted_by),
        (gettext("Reservation"), str(row.reservation_id)),
        *_what(row, one),
        *(((gettext("Paid from"), "\n".join(order.paid_from)),) if order.paid_from else ()),
    )
    terms = (
        _agreed(order, one, row.zone),
        gettext("The prices of the quote bind for this order, whatever was published since."),
    )
    return Paper(
        paper_language(),
        gettext("Annex to the order under quote %(number)s", number=one.number),
        _letterhead(one, creditor, payer),
        facts,
        (_lines(row, order.borne), Paragraphs(terms, gettext("Terms"))),
        footer=f"{one.number} · {one.creditor}",
        page_of=page_of(),
    )


def _agreed(order: Order, one: Shown, zone: str) -> str:
    if order.agreement is None or order.agreed_at is None:
        return gettext("No framework agreement was published when it was accepted.")
    return gettext(
        "This order is made under framework agreement No. %(number)s of %(place)s, which %(who)s accepted for"
        " %(payer)s: %(moment)s.",
        number=order.agreement, place=one.creditor, who=order.agreed_by, payer=one.payer,
        moment=in_years(order.agreed_at, zone),
    )  # fmt: skip


def _what(row: Any, one: Shown) -> tuple[tuple[str, str], ...]:
    pairs = (
        (gettext("Instrument"), one.instrument),
        (gettext("Lab"), one.lab),
        (gettext("When"), span_in_years(one.span, row.zone, in_language(row.city_en, row.city_zh))),
        (gettext("Length"), formats.length(one.span.length)),
        (gettext("How it is used"), one.mode),
        (gettext("Title"), row.title),
        (gettext("Hazardous samples"), gettext("Yes") if row.hazardous else ""),
        (gettext("Second person"), in_language(row.second_en or "", row.second_zh or "")),
        (gettext("Price class"), f"{one.customer_class}\n{one.why}" if one.why else one.customer_class),
    )
    return tuple(pair for pair in pairs if pair[1])


def _lines(row: Any, borne: Sequence[Borne]) -> Table:
    """Each line with its reason below it, the sum, what programmes bear of it, and what is left to pay."""
    listed = [
        (f"{line.title}\n{line.detail}" if line.detail else line.title, line.amount)
        for line in shown_lines(lines_of(row))
    ]
    totals = [(gettext("Total"), _amount(total_of(row)))]
    direct = [each for each in borne if not each.afterwards]
    totals += [(in_language(each.name_en, each.name_zh), _amount(-each.amount)) for each in direct]
    if direct:
        left = total_of(row) - total((each.amount for each in direct), row.currency)
        totals.append((gettext("Left to pay"), _amount(left)))
    columns = (Column(gettext("What it is made of"), width=5), Column(row.currency, RIGHT, 1))
    return Table(columns, tuple(listed), tuple(totals), gettext("Price"))


def _amount(value: Money) -> str:
    return wording.amount(value.amount, value.currency)


def _letterhead(one: Shown, creditor: Institution, payer: Institution | None) -> Letterhead:
    recipient = (one.payer,) if payer is None else (one.payer, one.asker, *_place(payer))
    return letterhead(creditor, recipient, one.lab)


def letterhead(creditor: Institution, recipient: tuple[str, ...], lab: str = "") -> Letterhead:
    """The head of an institution's paper, of one of its labs where it says so, to whoever it is for."""
    name = in_language(creditor.name_en, creditor.name_zh)
    other = creditor.name_en if is_chinese() else creditor.name_zh
    sender = (name, other) if other and other != name else (name,)
    return Letterhead(sender, (*([lab] if lab else []), *_reached(creditor)), recipient)


def _reached(institution: Institution) -> list[str]:
    """Where an institution is, under which code it is registered, and where it is read of."""
    code = institution.credit_code
    more = (gettext("Unified social credit code %(code)s", code=code) if code else "", institution.website)
    return [*_place(institution), *(part for part in more if part)]


def _place(institution: Institution) -> list[str]:
    city = in_language(institution.city_en, institution.city_zh)
    return [part for part in (formats.own_words(institution.address), city) if part]


def paper_language() -> str:
    """The language of a paper: its reader's."""
    return "zh" if is_chinese() else "en"


def page_of() -> str:
    """How pages are counted at the foot."""
    return gettext("Page {page} of {pages}")
