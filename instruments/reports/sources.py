"""What rows of forms can say: every source by its name, what kind of value it gives, and where it is mended. Pure.

A format file names these. Whoever changes how one is worked out raises its version: filed reports keep the one they had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instruments.catalog.columns import COLUMNS, Column
from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.errors import N_
from instruments.reports.form import (
    CODE,
    CODES,
    COUNT,
    DAY,
    HOURS,
    INCOME,
    INDICATOR,
    INSTRUMENT,
    LIST,
    MOMENT,
    MONEY,
    SERVICE,
    TEXT,
    WHOLE,
)
from instruments.usage.funding import FUNDING_SOURCES
from instruments.usage.kinds import GRADES, MODES

# Where what is missing or wrong is mended; "" where nothing can be done but to enter it with the report.
AT_INSTRUMENT, AT_USE, AT_PERSON, AT_OUTPUTS, AT_CHARGES, AT_INSTITUTION = (
    "instrument", "use", "person", "outputs", "charges", "institution",
)  # fmt: skip
# What is entered by hand with the report, whatever a row is.
TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Source:
    """What a source gives: a kind of value, in words, where it is mended, and whose personal data it is, if it is.

    values: all codes that a source of codes can give, and all items that a list knows, with the sentence on one that it does not
    (unlisted); look: what a whole text looks like in every form, with the sentence on one that does not (unlike); field: where it
    is typed on the page on which it is mended; basis: by what it is counted, where another form counts the same otherwise.
    """

    kind: str
    words: str
    mend: str = ""
    personal: str = ""
    values: tuple[str, ...] = ()
    version: int = 1
    basis: str = ""
    unlisted: str = ""
    field: str = ""
    look: str = ""
    unlike: str = ""


_SUBJECTS = tuple(subject.code for subject in SUBJECT_LIST)
_NO_SUBJECT = N_("%(subject)s is no first-level subject of GB/T 13745.")
# Enough digits, whatever stands between them; one address; letters of one language.
A_PHONE = (r"[^0-9]*([0-9][^0-9]*){5,}", N_("This is no phone number."))
A_MAIL = (r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+", N_("This is no mail address."))
IN_CHINESE = (r"(?s).*[\u4e00-\u9fff].*", N_("Write it in Chinese."))
IN_ENGLISH = (r"[^\u4e00-\u9fff]*", N_("Write it in English."))
_LOOKS = {
    "city_zh": IN_CHINESE,
    "name_en": IN_ENGLISH,
    "contact_phone": A_PHONE,
    "contact_mail": A_MAIL,
}
_OF_CONTACT = N_("The contact of an instrument")
_OF_USER = N_("Whoever used an instrument")
_OF_HANDLER = N_("Whoever issued a statement")
_PERSONAL = {"contact_name": _OF_CONTACT, "contact_phone": _OF_CONTACT, "contact_mail": _OF_CONTACT}
# Written otherwise than at first.
_VERSIONS = {"contact_name": 2, "specifications": 2}
# Typed as another column of the template.
_TYPED_AS = {"original_value_10k": "original_value"}
_KINDS = {
    "choice": CODE,
    "some_choices": CODES,
    "subjects": LIST,
    "amount": MONEY,
    "amount_10k": MONEY,
    "date": DAY,
}


def _of_column(column: Column) -> Source:
    values = tuple(choice.value for choice in column.choices)
    kind = _KINDS.get(column.kind, TEXT)
    version = _VERSIONS.get(column.key, 1)
    if kind == LIST:
        return Source(
            kind, column.en, AT_INSTRUMENT, values=_SUBJECTS, version=version, unlisted=_NO_SUBJECT, field=column.key
        )  # fmt: skip
    field = _TYPED_AS.get(column.key, column.key)
    look, unlike = _LOOKS.get(column.key, ("", ""))
    return Source(
        kind, column.en, AT_INSTRUMENT, _PERSONAL.get(column.key, ""), values, version, field=field, look=look, unlike=unlike
    )  # fmt: skip


# Columns of the catalogue by their keys; "mode" is told in words of its own.
CATALOG: Mapping[str, Source] = {
    f"catalog.{column.key}": _of_column(column) for column in COLUMNS if column.key not in ("mode", "techniques")
}  # fmt: skip

_LAST_YEAR: Mapping[str, Source] = {
    "last_year.hours": Source(HOURS, N_("Effective hours of the last full calendar year")),
    "last_year.external_hours": Source(HOURS, N_("External hours of the last full calendar year")),
}
_OF_PERIOD: Mapping[str, Source] = {
    "period.hours": Source(HOURS, N_("Effective hours")),
    "period.teaching_hours": Source(HOURS, N_("Hours for teaching inside the institution")),
    "period.research_hours": Source(HOURS, N_("Other hours inside the institution")),
    "period.service_hours": Source(HOURS, N_("Hours for others than the owner")),
    "period.open_hours": Source(HOURS, N_("Of them, hours that users ran themselves")),
    "period.samples": Source(COUNT, N_("Samples handled"), AT_USE),
    "period.trained_students": Source(COUNT, N_("Students trained"), AT_USE),
    "period.trained_teachers": Source(COUNT, N_("Teachers trained"), AT_USE),
    "period.trained_others": Source(COUNT, N_("Others trained"), AT_USE),
    "period.teaching_projects": Source(COUNT, N_("Projects of teaching"), AT_USE),
    "period.research_projects": Source(COUNT, N_("Projects of research"), AT_USE),
    "period.service_projects": Source(COUNT, N_("Projects of social service"), AT_USE),
    **{
        f"period.{kind}": Source(COUNT, words, AT_OUTPUTS)
        for kind, words in (
            ("award_national", N_("National awards")), ("award_provincial", N_("Provincial awards")),
            ("patent_teacher", N_("Patents of teachers")), ("patent_student", N_("Patents of students")),
            ("paper_indexed", N_("Indexed papers")), ("paper_core", N_("Papers in core journals")),
        )
    },
}  # fmt: skip

_USE_SAYS: Mapping[str, Source] = {
    "service.number": Source(TEXT, N_("Number of the record")),
    "service.starts": Source(MOMENT, N_("Start")),
    "service.ends": Source(MOMENT, N_("End")),
    "service.hours": Source(HOURS, N_("Effective hours, from exact minutes"), AT_USE),
    "service.samples": Source(COUNT, N_("Samples"), AT_USE, field="samples"),
    "service.amount": Source(MONEY, N_("Amount charged"), AT_CHARGES),
    "service.content": Source(TEXT, N_("What it was for: its title, else the instrument"), AT_USE),
    "service.way": Source(CODE, N_("Who operated the instrument"), AT_USE, values=MODES, field="mode"),
    "service.project": Source(TEXT, N_("Project"), AT_USE, field="project"),
    "service.funding": Source(CODE, N_("Funding source of the project"), AT_USE, values=tuple(FUNDING_SOURCES),
                              field="funding_source"),
    "service.subjects": Source(LIST, N_("Subject"), AT_USE, values=_SUBJECTS, unlisted=_NO_SUBJECT, field="subject"),
    "service.applicant": Source(TEXT, N_("Name of the user"), AT_USE, _OF_USER),
    "service.phone": Source(TEXT, N_("Phone of the user"), AT_PERSON, _OF_USER, look=A_PHONE[0], unlike=A_PHONE[1]),
    "service.mail": Source(TEXT, N_("Mail of the user"), AT_PERSON, _OF_USER, look=A_MAIL[0], unlike=A_MAIL[1]),
    "service.unit": Source(TEXT, N_("Unit that was served"), AT_USE),
    "service.unit_kind": Source(
        CODE, N_("Kind of the unit that was served"), AT_USE, values=("university", "institute", "company", "public")
    ),
    "service.rating": Source(CODE, N_("Rating"), AT_USE, values=("5", "4", "3", "2", "1")),
    "service.type": Source(CODE, N_("For the owner or for others"), values=("internal", "external")),
    "service.direction": Source(
        CODE, N_("Purpose"), values=("research", "development", "teaching", "service")
    ),
    "service.signed": Source(
        CODE, N_("Whether there is a contract: named with the use, a framework agreement or an accepted formal quote"), AT_USE,
        values=("yes", "no"), version=2, field="contract",
    ),
    "service.contract": Source(TEXT, N_("Contract"), AT_USE, field="contract"),
    "service.evidence": Source(CODE, N_("Evidence of most of the hours"), AT_USE, values=GRADES),
    "service.confirmed": Source(DAY, N_("Confirmed on"), AT_USE),
    "service.statement": Source(TEXT, N_("Number of the statement"), AT_CHARGES),
    "service.invoice": Source(TEXT, N_("Number of the invoice"), AT_CHARGES),
}  # fmt: skip
_INCOME: Mapping[str, Source] = {
    "income.day": Source(DAY, N_("Day of issue")),
    "income.voucher": Source(TEXT, N_("Number of the invoice, else of the statement")),
    "income.handler": Source(TEXT, N_("Who issued it"), "", _OF_HANDLER),
    "income.summary": Source(TEXT, N_("What it is for")),
    "income.amount": Source(MONEY, N_("Amount")),
    "income.instrument": Source(TEXT, N_("Instrument")),
    "income.payer": Source(TEXT, N_("Who pays")),
}
_BY_STATEMENT = N_(
    "By the day on which its statement was issued, with tax, of all instruments. The workbook of indicators counts by the day of "
    "the service, before tax, of instruments from the threshold on."
)
_WHOLE: Mapping[str, Source] = {
    "whole.name": Source(TEXT, N_("Name of the institution"), AT_INSTITUTION),
    "whole.credit_code": Source(TEXT, N_("Unified social credit code"), AT_INSTITUTION),
    "whole.platform": Source(TEXT, N_("Address of the service platform")),
    "whole.vouchers": Source(COUNT, N_("Vouchers in the ledger of income")),
    "whole.income": Source(MONEY, N_("Income from services"), basis=_BY_STATEMENT),
    "whole.external_income": Source(MONEY, N_("Income from others than the owner"), basis=_BY_STATEMENT),
    "whole.instruments": Source(
        COUNT, N_("Instruments from the threshold on, in service on the last day"), version=2
    ),
    "whole.value": Source(MONEY, N_("What they cost"), AT_INSTRUMENT, version=2),
}
_INDICATOR: Mapping[str, Source] = {
    f"indicator.{name}": Source(TEXT, words)
    for name, words in (
        ("first", N_("First level")), ("second", N_("Second level")), ("name", N_("Figure")), ("value", N_("Value")),
        ("unit", N_("Unit")), ("n", N_("n")), ("counts", N_("What n counts")), ("reference", N_("Held against")),
        ("reference_from", N_("Where that comes from")), ("gap", N_("Gap")), ("definition", N_("Definition")),
    )
}  # fmt: skip
_BY_HAND: Mapping[str, Source] = {TYPED: Source(TEXT, N_("Entered by hand"))}

_OF_INSTRUMENT: Mapping[str, Source] = {
    "instrument.booking_address": Source(
        TEXT, N_("Address for booking: as entered, else its page here"), AT_INSTRUMENT, field="booking_address",
    ),
    "instrument.value": Source(MONEY, N_("Original value"), AT_INSTRUMENT, field="original_value"),
}  # fmt: skip

SOURCES: Mapping[str, Mapping[str, Source]] = {
    INSTRUMENT: {**CATALOG, **_OF_INSTRUMENT, **_LAST_YEAR, **_OF_PERIOD, **_BY_HAND},
    SERVICE: {**_USE_SAYS, **CATALOG, **_BY_HAND},
    INCOME: {**_INCOME, **_BY_HAND},
    WHOLE: {**_WHOLE, **_BY_HAND},
    INDICATOR: {**_INDICATOR, **_BY_HAND},
}
