"""How a form says who pays: the fields of the booking form, read into a payment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from instruments.errors import N_, Reason, Refusal
from instruments.reservations.payment import WHOLE, Part, Payment
from instruments.typed import whole

FIELDS = ("fund_id", "fund_percent", "second_fund", "second_percent", "mode")
PERCENTS = ("fund_percent", "second_percent")
ADD_ON, PROGRAMME = "add_on-", "programme-"
NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,3})?")
PERCENT = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")
MOST_ADD_ONS, MOST_PROGRAMMES = 100, 5


def payment_fields(given: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of a form that say who pays, which programmes bear a part, and which add-ons are wanted."""
    return (
        *FIELDS,
        *(name for name in list(given)[:MOST_ADD_ONS] if name.startswith((ADD_ON, PROGRAMME))),
    )


def typed_payment(given: Mapping[str, str]) -> Payment:
    """What the fields mean; raises Refusal with a reason for each that cannot be read.

    Without a second fund the first pays all, whatever its percentage says.
    """
    wrong: list[Reason] = []
    parts = tuple(_parts(given, wrong))
    counts = _counts(given, wrong)
    if wrong:
        raise Refusal(wrong)
    return Payment(parts, programmes_typed(given), given.get("mode") or None, counts)


def read_payment(given: Mapping[str, str]) -> Payment:
    """The same for a price that is only shown: what cannot be read is left out."""
    wrong: list[Reason] = []
    parts = tuple(_parts(given, wrong))
    counts = _counts(given, [])
    return Payment(() if wrong else parts, programmes_typed(given), given.get("mode") or None, counts)


def unread_shares(given: Mapping[str, str]) -> list[Reason]:
    """Why the funds of a form cannot be read, so that what is shown is the price of nobody yet."""
    wrong: list[Reason] = []
    list(_parts(given, wrong))
    return wrong


def as_fields(payment: Payment) -> dict[str, str]:
    """A payment as the fields of a form hold it: the first two funds, every programme, how it is used, add-ons."""
    parts = payment.parts
    typed = {"fund_id": str(parts[0].fund_id) if parts else ""}
    if len(parts) > 1:
        typed |= {
            "second_fund": str(parts[1].fund_id),
            "fund_percent": f"{parts[0].percent:f}",
            "second_percent": f"{parts[1].percent:f}",
        }
    if payment.mode is not None:
        typed["mode"] = payment.mode
    typed |= {f"{PROGRAMME}{number}": "1" for number in payment.programmes}
    return typed | {f"{ADD_ON}{code}": f"{number:f}" for code, number in payment.counts.items()}


def programmes_typed(given: Mapping[str, str]) -> tuple[int, ...]:
    """The programmes that are ticked, in the order in which they were opened, whatever the order of the fields."""
    ticked = [name.removeprefix(PROGRAMME) for name in given if name.startswith(PROGRAMME) and given[name]]
    return tuple(sorted({_fund(text, []) or 0 for text in ticked[: MOST_PROGRAMMES + 1]}))


def _parts(given: Mapping[str, str], wrong: list[Reason]) -> list[Part]:
    first, second = (_fund(given.get(name, ""), wrong) for name in ("fund_id", "second_fund"))
    if second is None:
        return [] if first is None else [Part(first)]
    if first is None:
        sentence = N_("A second fund is chosen, and no first.")
        wrong.append(Reason("first_fund", "fund_id", sentence, {}, N_("Choose a fund.")))
        return []
    texts = [given.get(name, "").strip() for name in PERCENTS]
    percents = [
        _percent(text, name, wrong) if text else None for name, text in zip(PERCENTS, texts, strict=True)
    ]
    first_percent, second_percent = percents
    if not any(texts):
        sentence = N_("Say how many percent each fund pays.")
        wrong.append(Reason("percent", "funds", sentence))
    return [
        Part(first, WHOLE - (second_percent or 0) if first_percent is None else first_percent),
        Part(second, WHOLE - (first_percent or 0) if second_percent is None else second_percent),
    ]


def _fund(text: str, wrong: list[Reason]) -> int | None:
    """Its number; of what is no number, one that no fund has, so that it is refused like any that is not there."""
    text = text.strip()
    if not text:
        return None
    return whole(text) or 0


def _percent(text: str, name: str, wrong: list[Reason]) -> Decimal | None:
    if PERCENT.fullmatch(text):
        return Decimal(text.replace(",", "."))
    sentence = N_("Write each percentage as a number with at most two decimals, such as 50 or 33.33.")
    wrong.append(Reason("percent", name, sentence))
    return None


def _counts(given: Mapping[str, str], wrong: list[Reason]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name in payment_fields(given)[len(FIELDS) :]:
        text = given[name].strip()
        if not text or not name.startswith(ADD_ON):
            continue
        if NUMBER.fullmatch(text):
            if number := Decimal(text.replace(",", ".")):
                found[name.removeprefix(ADD_ON)] = number
        else:
            wrong.append(Reason("count", "add_ons", N_("Write each number in digits, such as 3.")))
    return found
