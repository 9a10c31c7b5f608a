"""Notices about month end, to those who pay: statements to come and issued, reminders, payments, invoices. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.funds import TOPIC
from instruments.people.rights import Role

# Who is told for a payer: of a group its head and delegates; of an institution or company its finance.
OF_GROUP = frozenset({Role.GROUP_HEAD, Role.FUND_DELEGATE})
OF_INSTITUTION = frozenset({Role.FINANCE_OFFICER, Role.COMPANY_MANAGER})
# Where an institution has nobody for its money.
INSTEAD = frozenset({Role.INSTITUTION_MANAGER})
DEEDS = (
    "statement.drafted", "statement.issued", "statement.reminded", "payment.recorded", "payment.refunded",
    "payment.set_off", "invoice.issued", "invoice_details.asked",
)  # fmt: skip


def _values(what: Happening) -> dict[str, Any]:
    """From whom, over how much, of which month, until when."""
    found: dict[str, Any] = {
        "scope": "institution",
        "scope_id": what.institution_id,
        "actor_id": what.actor_id,
    }
    names = ("units", "currency", "month", "number")
    found |= {name: what.detail[name] for name in names if what.detail.get(name) is not None}
    last_day = what.detail.get("due_on") or what.detail.get("until")
    return found | ({"last_day": last_day} if last_day else {})


def _to_payers(
    said: Callable[[Happening], str], thing: Callable[[Happening], tuple[str, int]] | None = None
) -> Callable[[Happening], Iterable[Told]]:
    """Tell each who pays, in these words, of the thing of the deed or another; nobody of what they did themselves."""

    def who(what: Happening) -> Iterator[Told]:
        for person_id in sorted(what.payers - {what.actor_id}):
            yield Told(person_id, said(what), thing(what) if thing else what.thing, _values(what))

    return who


def _statement(what: Happening) -> tuple[str, int]:
    """The statement that a payment or an invoice is about; of a refund there may be none."""
    number = what.detail.get("statement_id")
    return ("statement", number) if number is not None else ("statements", 0)


def _issued(what: Happening) -> str:
    """What it comes to; of a group it is named, since its institution is told of all of them."""
    due = what.detail.get("due_units", 0)
    said = "due" if due > 0 else "owed_back" if due < 0 else "nothing_due"
    return said if what.detail.get("payer_group_id") is None else f"{said}_of_group"


def _payment(what: Happening) -> str:
    said = {"payment.refunded": "refunded", "payment.set_off": "set_off"}
    return said.get(what.deed, "received")


def _invoice(what: Happening) -> str:
    return "red" if what.detail.get("colour") == "red" else "invoiced"


def _whose_details(what: Happening) -> tuple[str, int]:
    """Where the payer says what is to stand on its invoices."""
    kinds = {"institution": "invoice_details", "programme": "programme_invoices"}
    return (kinds[what.thing[0]], what.thing[1]) if what.thing[0] in kinds else ("own_invoices", 0)


def issued_values(what: Happening) -> Iterator[Told]:
    """A statement is told with what is to be paid, not with what it comes to."""
    for told in _to_payers(_issued)(what):
        group, own = what.detail.get("payer_group_id"), {"units": what.detail.get("due_units", 0)}
        yield told._replace(
            values={**told.values, **own, **({"group_id": group} if group is not None else {})}
        )


KINDS = (
    Kind(
        "statement.draft", TOPIC, N_("A statement to come lies open for my objections"),
        {
            "draft": Words(
                N_("Look at it before it is issued: %(place)s, %(month)s"),
                N_("%(place)s shows you its statement for %(month)s, %(amount)s so far. You can object until %(last_day)s."),
            ),
        },
        ("statement.drafted",), _to_payers(lambda _: "draft"), picture="hourglass",
    ),
    Kind(
        "statement.issued", TOPIC, N_("A statement is issued"),
        {
            "due": Words(
                N_("Statement: %(place)s, %(month)s, %(amount)s to pay"),
                N_("%(place)s issued its statement for %(month)s: %(amount)s is to be paid by %(last_day)s."),
            ),
            "nothing_due": Words(
                N_("Statement: %(place)s, %(month)s"),
                N_("%(place)s issued its statement for %(month)s. Nothing is to be paid on it."),
            ),
            "owed_back": Words(
                N_("Statement: %(place)s, %(month)s, %(amount)s owed back"),
                N_("%(place)s issued its statement for %(month)s: %(amount)s is owed back to you."),
            ),
            "due_of_group": Words(
                N_("Statement: %(place)s, %(month)s, %(amount)s to pay"),
                N_("%(place)s issued its statement for %(month)s to %(group)s: %(amount)s is to be paid by %(last_day)s."),
            ),
            "nothing_due_of_group": Words(
                N_("Statement: %(place)s, %(month)s"),
                N_("%(place)s issued its statement for %(month)s to %(group)s. Nothing is to be paid on it."),
            ),
            "owed_back_of_group": Words(
                N_("Statement: %(place)s, %(month)s, %(amount)s owed back"),
                N_("%(place)s issued its statement for %(month)s to %(group)s: %(amount)s is owed back."),
            ),
        },
        ("statement.issued",), issued_values, picture="file-text",
    ),
    Kind(
        "statement.overdue", TOPIC, N_("A statement is overdue"),
        {
            "overdue": Words(
                N_("Overdue: %(amount)s, %(place)s, %(month)s"),
                N_("%(amount)s of the statement of %(place)s for %(month)s was to be paid by %(last_day)s and has not come in."),
            ),
        },
        ("statement.reminded",), _to_payers(lambda _: "overdue"), picture="clock-alert",
    ),
    Kind(
        "payment.told", TOPIC, N_("A payment of mine is received, given back, or set off"),
        {
            "received": Words(N_("Received: %(amount)s, %(place)s"), N_("%(place)s received a payment of %(amount)s from you.")),
            "refunded": Words(
                N_("Given back: %(amount)s, %(place)s"),
                N_("%(place)s gave back %(amount)s to the account that had paid it."),
            ),
            "set_off": Words(
                N_("Set off: %(amount)s, %(place)s"),
                N_("%(amount)s that %(place)s owed you back pay what you owed on another statement."),
            ),
        },
        ("payment.recorded", "payment.refunded", "payment.set_off"), _to_payers(_payment, _statement), by_mail=False,
        picture="coins",
    ),
    Kind(
        "invoice.told", TOPIC, N_("An invoice is issued to me, or taken back"),
        {
            "invoiced": Words(
                N_("Invoice %(number)s: %(place)s"), N_("%(place)s issued invoice %(number)s over %(amount)s.")
            ),
            "red": Words(
                N_("Red letter %(number)s: %(place)s"),
                N_("%(place)s took back %(amount)s of an invoice by red letter %(number)s."),
            ),
        },
        ("invoice.issued",), _to_payers(_invoice, _statement), by_mail=False, picture="receipt",
    ),
    Kind(
        "invoice.details", TOPIC, N_("Somebody asks what is to stand on my invoices"),
        {
            "asked": Words(
                N_("What is to stand on your invoices? %(place)s"),
                N_("%(place)s wants to invoice you and has to know what is to stand on it: title, tax number, kind."),
            ),
        },
        ("invoice_details.asked",), _to_payers(lambda _: "asked", _whose_details), picture="receipt",
    ),
)  # fmt: skip
