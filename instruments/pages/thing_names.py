"""What people call the things of a journal that have no name of their own there: the number on the paper, the file, the month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from instruments.catalog.models import ImportRun, Instrument, InstrumentClass
from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing.papers import number_of
from instruments.charges.closing_models import Closing, Statement
from instruments.charges.invoice_models import Invoice
from instruments.charges.payment_models import PaymentMatch
from instruments.database import db
from instruments.funds.asking.models import FundRequest
from instruments.funds.books import described
from instruments.funds.models import Fund
from instruments.funds.words import ACCOUNTS
from instruments.people.models import Lab, Person
from instruments.people.words import THINGS
from instruments.qualifications.models import (
    Qualification,
    QualificationRequest,
    QualifiedTechnique,
    SafetyAdmission,
)
from instruments.rates.models import CustomerSplit, RateCard, RateVersion, Service
from instruments.reports.models import Report
from instruments.reports.views.words import title_of
from instruments.reservations.conduct.models import Violation
from instruments.reservations.formal_quotes.finding import name_of
from instruments.reservations.formal_quotes.models import FormalQuote, FrameworkAgreement
from instruments.reservations.series_models import Series
from instruments.reservations.waitlist.models import WaitRequest
from instruments.usage.models import InstrumentUse
from instruments.usage.output_models import UsageFile
from instruments.utilization.boards.models import SavedView
from instruments.utilization.purchases.models import PurchaseReview
from instruments.web import formats
from instruments.web.language import in_language


class Known(NamedTuple):
    """What a thing is called beside a label that says what it is, and by itself."""

    alone: str
    whole: str


# Statements that find rows with their ids, and what each row is called; "" where it has no more than its number.
Called = tuple[Callable[[], Select[Any]], Any, Callable[[Any], str]]


def known_as(kind: str, numbers: set[int]) -> dict[int, Known]:
    """By number, what things of a kind are called. One statement; none for a kind that people know by its own number."""
    if kind == "account":
        found = {row.id: _account(row) for row in described(numbers).values()}
        return {number: Known(said, _named(kind, said)) for number, said in found.items()}
    if kind not in KNOWN:
        return {}
    asked, number, said = KNOWN[kind]
    rows = db.session.execute(asked().where(number.in_(numbers)))
    return {row.id: _known(kind, row, said(row)) for row in rows}


def in_words(kind: str, number: object) -> str:
    """A thing of which no more is known than its number; of what nobody knows by number, only what it is."""
    word = gettext(THINGS.get(kind, kind))
    return word if kind in ("platform", "notice") else f"{word} {number}"


def _known(kind: str, row: Any, said: str) -> Known:
    if not said:
        return Known(str(row.id), in_words(kind, row.id))
    if kind == "fund":
        return Known(said, f"{said} · {row.code}" if row.code != said else said)
    if kind == "invoice" and not row.number:
        return Known(said, said)
    return Known(said, f"{gettext(THINGS[kind])} {said}" if kind in NUMBERED else _named(kind, said))


def _named(kind: str, said: str) -> str:
    return f"{gettext(THINGS[kind])} · {said}"


def _about(*parts: str | None) -> str:
    return formats.listing([each for each in parts if each])


def _instrument(row: Any) -> str:
    return in_language(row.name_en or "", row.name_zh or "")


def _person(row: Any) -> str:
    return in_language(row.person_en or "", row.person_zh or "")


def _account(row: Any) -> str:
    return _about(gettext(ACCOUNTS[row.kind]), in_language(row.about_en or "", row.about_zh or ""))


def _used(row: Any) -> str:
    return _about(_instrument(row), formats.moment(row.started_at, row.zone))


def _prices(row: Any) -> str:
    day = formats.day(row.valid_from, weekday=False)
    return _about(_instrument(row), gettext("from %(day)s", day=day))


def _names_of(*models: Any) -> Iterator[Any]:
    """The columns of both names, of the first of these that a row has."""
    for name in ("name_en", "name_zh"):
        yield func.coalesce(*(getattr(model, name) for model in models)).label(name)


def _of_instrument(model: Any) -> Select[Any]:
    """Rows with the names of their instrument, if any."""
    return select(model.id, Instrument.name_en, Instrument.name_zh).outerjoin(
        Instrument, Instrument.id == model.instrument_id
    )


def _of_person(model: Any, who: Any) -> Select[Any]:
    """Rows with the names of their person."""
    return select(model.id, Person.name_en.label("person_en"), Person.name_zh.label("person_zh")).join(
        Person, Person.id == who
    )


def _qualified() -> Select[Any]:
    technique = QualifiedTechnique
    return (
        _of_person(Qualification, Qualification.person_id)
        .add_columns(*_names_of(Instrument, technique))
        .outerjoin(Instrument, Instrument.id == Qualification.instrument_id)
        .outerjoin(technique, technique.id == Qualification.technique_id)
    )


def _asks_to_qualify() -> Select[Any]:
    asked, technique = QualificationRequest, QualifiedTechnique
    return (
        _of_person(asked, asked.person_id)
        .add_columns(*_names_of(technique, Instrument))
        .outerjoin(Instrument, Instrument.id == asked.instrument_id)
        .outerjoin(Qualification, Qualification.id == asked.renews_id)
        .outerjoin(technique, technique.id == Qualification.technique_id)
    )


def _waits() -> Select[Any]:
    wait, subject = WaitRequest, InstrumentClass
    return (
        select(wait.id, *_names_of(Instrument, subject))
        .outerjoin(Instrument, Instrument.id == wait.instrument_id)
        .outerjoin(subject, subject.code == wait.class_code)
    )


def _price_lists() -> Select[Any]:
    row, card, lab = RateVersion, RateCard, aliased(Lab)
    return (
        select(row.id, row.valid_from, *_names_of(Instrument, Service, lab))
        .join(card, card.id == row.card_id)
        .outerjoin(Instrument, Instrument.id == card.instrument_id)
        .outerjoin(Service, Service.id == card.service_id)
        .outerjoin(lab, lab.id == card.lab_id)
    )


def _uses() -> Select[Any]:
    use = InstrumentUse
    return (
        select(use.id, use.started_at, Instrument.name_en, Instrument.name_zh, Lab.zone)
        .join(Instrument, Instrument.id == use.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
    )


def _own(model: Any, *names: str) -> tuple[Callable[[], Select[Any]], Any]:
    """The rows of one table with these columns, and its number."""
    return lambda: select(model.id, *(getattr(model, name) for name in names)), model.id


def _all() -> Iterator[tuple[str, Called]]:
    yield "statement", (*_own(Statement, "year", "number"), number_of)
    yield "formal_quote", (*_own(FormalQuote, "year", "position"), name_of)
    yield "agreement", (*_own(FrameworkAgreement, "number"), lambda row: str(row.number))
    for kind in ("closing", "draft"):
        yield kind, (*_own(Closing, "month"), lambda row: formats.month(row.month))
    yield "invoice", (*_own(Invoice, "number"), _invoice)
    yield "payment_match", (*_own(PaymentMatch, "payment_id"), lambda row: str(row.payment_id))
    yield "fund", (*_own(Fund, "name_en", "name_zh", "code"), lambda row: _instrument(row) or row.code)
    yield "customer_split", (*_own(CustomerSplit, "name_en", "name_zh"), _instrument)
    yield (
        "violation",
        (*_own(Violation, "kind_en", "kind_zh"), lambda row: in_language(row.kind_en, row.kind_zh)),
    )
    for kind, model in (("purchase_review", PurchaseReview), ("utilization_view", SavedView)):
        yield kind, (*_own(model, "name"), lambda row: formats.own_words(row.name))
    for kind, model in (("usage_file", UsageFile), ("import_run", ImportRun)):
        yield kind, (*_own(model, "file_name"), lambda row: row.file_name)
    yield "report", (*_own(Report, "form", "period", "format_version", "part"), title_of)
    yield "series", (lambda: _of_instrument(Series), Series.id, _instrument)
    yield "use", (_uses, InstrumentUse.id, _used)
    yield "wait", (_waits, WaitRequest.id, _instrument)
    yield "rate_version", (_price_lists, RateVersion.id, _prices)
    yield "qualification", (_qualified, Qualification.id, lambda row: _about(_person(row), _instrument(row)))
    yield (
        "qualification_request",
        (_asks_to_qualify, QualificationRequest.id, lambda row: _about(_person(row), _instrument(row))),
    )
    for kind, model, who in (
        ("admission", SafetyAdmission, SafetyAdmission.person_id),
        ("fund_request", FundRequest, FundRequest.asker_id),
    ):
        yield kind, (_people_of(model, who), model.id, _person)


def _people_of(model: Any, who: Any) -> Callable[[], Select[Any]]:
    return lambda: _of_person(model, who)


def _invoice(row: Any) -> str:
    return row.number or gettext("Request %(number)s", number=serial_of(row.id))


KNOWN: Mapping[str, Called] = dict(_all())
# Whose number, or month, follows on the word for it.
NUMBERED = frozenset(
    {"statement", "formal_quote", "agreement", "closing", "draft", "invoice", "payment_match"}
)
# What people know by the number of its row: it stands on its page, its files and its letters; and what has none at all.
BY_OWN_NUMBER = ("reservation", "charge", "payment", "settlement")
