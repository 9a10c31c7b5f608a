"""A small world for tests: each maker takes what matters to the test and fills in the rest, and commits."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from instruments.availability.day_models import CalendarDay
from instruments.availability.kinds import KEPT
from instruments.availability.models import Closure, DifferentDay, OpeningHours
from instruments.availability.season_models import Season, SeasonSpan
from instruments.availability.week import parse_week
from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.funds.ledger_models import ACCOUNT_OF_FUND, LedgerAccount
from instruments.funds.models import Fund, FundUser
from instruments.people.models import (
    Institution,
    Lab,
    MailDomain,
    Person,
    PersonalToken,
    ResearchGroup,
    RoleGrant,
)
from instruments.people.rights import SCOPE_OF_ROLE, Role
from instruments.qualifications.models import (
    Qualification,
    QualificationRule,
    QualifiedTechnique,
    SafetyAdmission,
    TechniqueInstrument,
)
from instruments.reservations.conduct.models import ViolationKind
from instruments.reservations.models import ApprovalRuleRow, DatedRules, Reservation, RulesRow
from instruments.reservations.quota_models import QuotaRow

USUAL_SCOPES = "catalog:read reservations:read reservations:write labs:read labs:write"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ALWAYS = "24/7"


class World:
    """Makes rows by the ORM, each committed at once, so that requests, threads and processes see them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def _keep(self, row: Any, *, catalog: bool = False) -> Any:
        db.session.add(row)
        db.session.flush()
        if catalog:
            revision.raise_catalog()
        db.session.commit()
        return row

    # --- people

    def institution(self, *domains: str, **values: Any) -> Institution:
        """A university; `domains` are its mail domains."""
        return self._keep(self._institution(*domains, **values))

    def _institution(self, *domains: str, **values: Any) -> Institution:
        number = next(self._numbers)
        values = {
            "kind": "university",
            "name_en": f"University {number}",
            "name_zh": f"第{number}大学",
        } | values
        row = Institution(**values)
        row.domains = [MailDomain(domain=domain) for domain in domains]
        return row

    def lab(self, institution: Institution | None = None, **values: Any) -> Lab:
        """A lab in Shanghai's zone, of a new institution unless one is given."""
        number = next(self._numbers)
        institution = institution or self._institution()
        values = {
            "name_en": f"Laboratory {number}",
            "name_zh": f"第{number}实验室",
            "zone": "Asia/Shanghai",
        } | values
        return self._keep(Lab(institution=institution, **values))

    def person(self, institution: Institution | None = None, **values: Any) -> Person:
        """A member of staff with a confirmed address and no password (see `sign_in`)."""
        number = next(self._numbers)
        values = {
            "mail": f"person{number}@example.org",
            "name_en": f"Person {number}",
            "name_zh": f"人员{number}",
            "kind": "staff",
            "session_key": secrets.token_hex(8),
            "mail_confirmed_at": LONG_AGO,
            "membership_confirmed_on": date(2027, 1, 1),
        } | values
        return self._keep(Person(institution=institution, **values))

    def group(self, institution: Institution, head: Person | None = None, **values: Any) -> ResearchGroup:
        """A research group; its head gets the role on it."""
        number = next(self._numbers)
        values = {"name_en": f"Group {number}", "name_zh": f"第{number}课题组"} | values
        row = self._keep(ResearchGroup(institution=institution, principal_investigator=head, **values))
        if head is not None:
            self.grant(head, Role.GROUP_HEAD, row)
        return row

    def grant(
        self,
        person: Person,
        role: Role | str,
        scope: Institution | Lab | ResearchGroup | None = None,
        **values: Any,
    ) -> RoleGrant:
        """A role on a scope of the kind that the role wants; None is the platform."""
        role = Role(role)
        column = {"institution": "institution_id", "lab": "lab_id", "group": "group_id"}.get(
            SCOPE_OF_ROLE[role]
        )
        if column is not None:
            values[column] = scope.id
        return self._keep(
            RoleGrant(person_id=person.id, role=role.value, **({"granted_at": LONG_AGO} | values))
        )

    def token(self, person: Person, scopes: str = USUAL_SCOPES, **values: Any) -> str:
        """A personal token; the text that a program sends."""
        text = secrets.token_urlsafe(32)
        values = {
            "name": "test",
            "created_at": LONG_AGO,
            "expires_at": datetime(2035, 1, 1, tzinfo=UTC),
        } | values
        row = PersonalToken(
            person_id=person.id, token_hash=hashlib.sha256(text.encode()).hexdigest(), scopes=scopes, **values
        )
        self._keep(row)
        return text

    # --- catalogue

    def instrument(self, lab: Lab | None = None, *, week: str | None = ALWAYS, **values: Any) -> Instrument:
        """An instrument in service, open to partners, at any hour unless `week` says otherwise (None: no hours)."""
        number = next(self._numbers)
        lab = lab or self.lab()
        values = {"name_en": f"Microscope {number}", "name_zh": f"显微镜{number}"} | values
        row = Instrument(lab=lab, institution_id=lab.institution_id, **values)
        if week is not None:
            db.session.add(row)
            db.session.flush()
            db.session.add(OpeningHours(week=str(parse_week(week)), instrument_id=row.id))
        return self._keep(row, catalog=True)

    # --- availability

    def hours(self, owner: Lab | Instrument, week: str = ALWAYS, **values: Any) -> OpeningHours:
        """A weekly pattern, written as people write it ("Mon-Fri 08:00-18:00")."""
        return self._keep(OpeningHours(week=str(parse_week(week)), **_owner(owner), **values), catalog=True)

    def days(
        self,
        owner: Lab | Instrument,
        first: date,
        last: date | None = None,
        times: str = "closed",
        **values: Any,
    ) -> DifferentDay:
        """Days that differ from the week: closed, unless `times` says when they are open."""
        values = {"reason": "Service"} | values
        dates = {"valid_from": first, "valid_to": last or first}
        return self._keep(DifferentDay(times=times, **dates, **_owner(owner), **values), catalog=True)

    def holiday(self, institution: Institution, day: date, **values: Any) -> CalendarDay:
        """A day off, set by hand; other kinds and sources as values."""
        values = {"name_en": "Holiday", "name_zh": "假日"} | values
        return self._keep(CalendarDay(institution=institution, day=day, **values), catalog=True)

    def season(self, institution: Institution, first: date, last: date, **values: Any) -> Season:
        """Exam weeks, in one span of dates unless more are made beside."""
        values = {"kind": "exams", "name_en": "Exam weeks", "name_zh": "考试周"} | values
        spans = [SeasonSpan(first_day=first, last_day=last)]
        return self._keep(Season(institution=institution, spans=spans, **values), catalog=True)

    def closure(self, owner: Lab | Instrument, start: datetime, end: datetime, **values: Any) -> Closure:
        """A span in which nothing can be booked, of any kind of availability/kinds.py."""
        values = {"kind": "maintenance", "reason": "Service"} | values
        values["kind"], values["detail_kind"] = KEPT[values["kind"]]
        return self._keep(Closure(starts_at=start, ends_at=end, **_owner(owner), **values), catalog=True)

    # --- qualifications

    def needs(self, owner: Lab | Instrument, **values: Any) -> QualificationRule:
        """What is asked of users, for example level="independent"."""
        return self._keep(QualificationRule(**_owner(owner), **values), catalog=True)

    def technique(
        self, owner: Lab | Institution, *instruments: Instrument, **values: Any
    ) -> QualifiedTechnique:
        """A technique of these instruments."""
        number = next(self._numbers)
        column = "lab_id" if isinstance(owner, Lab) else "institution_id"
        row = self._keep(QualifiedTechnique(**{column: owner.id, "name_en": f"Technique {number}"} | values))
        for each in instruments:
            db.session.add(TechniqueInstrument(technique_id=row.id, instrument_id=each.id))
        revision.raise_catalog()
        db.session.commit()
        return row

    def qualification(
        self,
        person: Person,
        subject: Instrument | QualifiedTechnique,
        level: str = "independent",
        **values: Any,
    ) -> Qualification:
        """A level granted for an instrument or a technique, for good unless it expires."""
        column = "instrument_id" if isinstance(subject, Instrument) else "technique_id"
        values = {column: subject.id, "level": level, "granted_at": LONG_AGO} | values
        return self._keep(Qualification(person_id=person.id, **values))

    def admission(
        self, person: Person, institution: Institution, until: date = date(2030, 1, 1), **values: Any
    ) -> SafetyAdmission:
        """The safety admission of an institution."""
        values = {"valid_until": until, "exam": "Laboratory safety", "granted_at": LONG_AGO} | values
        return self._keep(SafetyAdmission(person_id=person.id, institution_id=institution.id, **values))

    # --- reservations

    def rules(self, owner: Lab | Instrument, **values: Any) -> RulesRow:
        """Limits on reservations, for example grid_minutes=30."""
        return self._keep(RulesRow(**_owner(owner), **values), catalog=True)

    def approval_rule(self, owner: Lab | Instrument, *circles: str, **values: Any) -> ApprovalRuleRow:
        """Reservations of these circles are asked for first."""
        asked = {f"for_{circle}": True for circle in circles}
        return self._keep(ApprovalRuleRow(**_owner(owner), **asked, **values), catalog=True)

    def dated_rules(
        self, owner: Lab | Instrument, first: date, last: date | None, **values: Any
    ) -> DatedRules:
        """Limits for reservations that start on these dates."""
        dates = {"valid_from": first, "valid_to": last}
        return self._keep(DatedRules(**_owner(owner), **dates, **values), catalog=True)

    def quota(self, owner: Institution | Lab | Instrument, **values: Any) -> QuotaRow:
        """Four hours a week per person over all that the owner has, since last year."""
        kind = {Institution: "catalogue", Lab: "lab"}.get(type(owner), "instrument")
        values = {
            "measured": "hours", "amount": 4, "per": "week", "holder": "person", "over": kind,
            "valid_from": date(2026, 1, 1),
        } | values  # fmt: skip
        if isinstance(owner, Institution):
            return self._keep(QuotaRow(institution_id=owner.id, **values), catalog=True)
        institution_id = owner.institution_id
        return self._keep(QuotaRow(institution_id=institution_id, **_owner(owner), **values), catalog=True)

    def violation_kind(self, lab: Lab, **values: Any) -> ViolationKind:
        """A kind of violation that suspends for a week."""
        values = {"name_en": "Left it dirty", "name_zh": "未清理", "suspended_days": 7} | values
        return self._keep(ViolationKind(lab_id=lab.id, **values))

    def reservation(
        self,
        instrument: Instrument,
        user: Person,
        start: datetime,
        end: datetime | None = None,
        *,
        booker: Person | None = None,
        **values: Any,
    ) -> Reservation:
        """A confirmed reservation, an hour long unless its end is given."""
        end = end or start + timedelta(hours=1)
        values = {
            "held_until": end,
            "created_at": LONG_AGO,
            "changed_at": LONG_AGO,
            "title": "Measurement",
        } | values
        row = Reservation(
            instrument=instrument,
            user=user,
            booker=booker or user,
            institution_id=user.institution_id,
            starts_at=start,
            ends_at=end,
            **values,
        )
        return self._keep(row)

    # --- funds

    def fund(
        self,
        owner: Institution | ResearchGroup,
        *users: Person,
        creditor: Institution | None = None,
        **values: Any,
    ) -> Fund:
        """A grant of a group or an institution, or a wallet with a creditor, that these people may charge."""
        number = next(self._numbers)
        group = owner if isinstance(owner, ResearchGroup) else None
        owner_id = owner.institution_id if isinstance(owner, ResearchGroup) else owner.id
        values = {
            "kind": "wallet" if creditor else "grant", "code": f"F{number}", "name_en": f"Fund {number}",
            "name_zh": f"第{number}经费", "valid_from": date(2026, 1, 1), "created_at": LONG_AGO,
        } | values  # fmt: skip
        books = creditor.id if creditor else owner_id
        row = self._keep(Fund(institution_id=books, owner_institution_id=owner_id, group=group, **values))
        for person in users:
            self._keep(FundUser(fund_id=row.id, person_id=person.id, given_at=LONG_AGO))
        return row

    def account(self, fund: Fund | None = None, **values: Any) -> LedgerAccount:
        """The account of a fund, or any other of the ledger."""
        if fund is not None:
            payer = fund.owner_institution_id if fund.kind in ("wallet", "credit") else None
            values = {
                "kind": ACCOUNT_OF_FUND[fund.kind], "institution_id": fund.institution_id, "fund_id": fund.id,
                "currency": fund.currency, "payer_institution_id": payer,
            } | values  # fmt: skip
        return self._keep(LedgerAccount(**({"currency": "CNY"} | values)))


def _owner(owner: Lab | Instrument) -> dict[str, int]:
    return {"lab_id": owner.id} if isinstance(owner, Lab) else {"instrument_id": owner.id}


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """Sign a person in without the form, as the session that the form leaves behind."""
    with client.session_transaction() as session:
        session["_user_id"] = f"{person.id}.{person.session_key}"
        session["_fresh"] = True
    return client


def bearer(token: str) -> dict[str, str]:
    """The header of a program."""
    return {"Authorization": f"Bearer {token}"}


def refused_at(answer: Any) -> list[str]:
    """The fields that the summary of a refused form leads to; each of them is on the page."""
    assert answer.status_code == 422, answer.text[:2000]
    found = re.findall(r'<li><a href="#f-([^"]+)">', answer.text)
    absent = [name for name in found if f'id="f-{name}"' not in answer.text]
    assert not absent, absent
    return found
