"""Everything a person may do, decided in one place: by role and scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a person can be on a scope."""

    PLATFORM_ADMINISTRATOR = "platform_administrator"
    INSTITUTION_MANAGER = "institution_manager"
    FINANCE_OFFICER = "finance_officer"
    AUDITOR = "auditor"
    SAFETY_OFFICER = "safety_officer"
    LAB_MANAGER = "lab_manager"
    LAB_OPERATOR = "lab_operator"
    GROUP_HEAD = "group_head"
    FUND_DELEGATE = "fund_delegate"
    COMPANY_MANAGER = "company_manager"
    MEMBER = "member"


SCOPE_OF_ROLE: Mapping[Role, str] = {
    Role.PLATFORM_ADMINISTRATOR: "platform",
    Role.INSTITUTION_MANAGER: "institution",
    Role.FINANCE_OFFICER: "institution",
    Role.AUDITOR: "institution",
    Role.SAFETY_OFFICER: "institution",
    Role.COMPANY_MANAGER: "institution",
    Role.LAB_MANAGER: "lab",
    Role.LAB_OPERATOR: "lab",
    Role.GROUP_HEAD: "group",
    Role.FUND_DELEGATE: "group",
    Role.MEMBER: "group",
}


class Action(StrEnum):
    """What can be done, named by the thing and the deed."""

    INSTITUTION_ADD = "institution.add"
    INSTITUTION_EDIT = "institution.edit"
    DOMAINS_EDIT = "domains.edit"
    LAB_ADD = "lab.add"
    LAB_EDIT = "lab.edit"
    GROUP_ADD = "group.add"
    GROUP_EDIT = "group.edit"
    GROUP_SEE = "group.see"
    INSTITUTION_ROLES = "institution.roles"
    LAB_ROLES = "lab.roles"
    GROUP_ROLES = "group.roles"
    PLATFORM_ROLES = "platform.roles"
    ROLES_SEE = "roles.see"
    PERSON_INVITE = "person.invite"
    PERSON_SEE = "person.see"
    PERSON_EDIT = "person.edit"
    MEMBERSHIP_EDIT = "membership.edit"
    PERSON_CONFIRM = "person.confirm"
    PERSON_LEAVE = "person.leave"
    JOURNAL_READ = "journal.read"
    INSTRUMENT_EDIT = "instrument.edit"
    CATALOG_IMPORT = "catalog.import"
    CATALOG_EXPORT = "catalog.export"
    HOLIDAYS_EDIT = "holidays.edit"
    HOURS_EDIT = "hours.edit"
    CLOSURE_EDIT = "closure.edit"
    CALENDARS_EDIT = "calendars.edit"
    RULES_EDIT = "rules.edit"
    RULES_OVERRIDE = "rules.override"
    RESERVATION_BOOK_FOR = "reservation.book_for"
    RESERVATION_SEE = "reservation.see"
    RESERVATION_PRICE = "reservation.price"
    RESERVATION_CHANGE = "reservation.change"
    DEMAND_SEE = "demand.see"
    APPROVAL_DECIDE = "approval.decide"
    APPROVAL_DECIDE_AS_MANAGER = "approval.decide_as_manager"
    QUALIFICATION_GRANT = "qualification.grant"
    ADMISSION_GRANT = "admission.grant"
    USE_SEE = "use.see"
    COMPANY_USE_SEE = "company_use.see"
    USE_RECORD = "use.record"
    USE_CONFIRM = "use.confirm"
    OUTPUT_EDIT = "output.edit"
    VIOLATION_RECORD = "violation.record"
    VIOLATION_SEE = "violation.see"
    VIOLATION_DECIDE = "violation.decide"
    FUND_SEE = "fund.see"
    FUND_EDIT = "fund.edit"
    FUND_TERMS = "fund.terms"
    LEDGER_SEE = "ledger.see"
    LEDGER_POST = "ledger.post"
    PROGRAMME_SEE = "programme.see"
    PROGRAMME_EDIT = "programme.edit"
    PROGRAMME_DECIDE = "programme.decide"
    PROGRAMME_APPLY = "programme.apply"
    INCOME_SEE = "income.see"
    COSTS_SEE = "costs.see"
    CHARGE_PREPARE = "charge.prepare"
    CHARGE_ADJUST = "charge.adjust"
    CHARGE_WRITE_OFF = "charge.write_off"
    CHARGE_DISPUTE = "charge.dispute"
    DISPUTE_DECIDE = "dispute.decide"
    DISPUTE_DECIDE_ABOVE = "dispute.decide_above"
    CHARGING_SET = "charging.set"
    MONTH_CLOSE = "month.close"
    SETTLEMENT_DECIDE = "settlement.decide"
    INVOICE_DETAILS_SET = "invoice_details.set"
    PRICES_EDIT = "prices.edit"
    FORMAL_QUOTE_SEE = "formal_quote.see"
    FORMAL_QUOTE_WITHDRAW = "formal_quote.withdraw"
    AGREEMENT_PUBLISH = "agreement.publish"
    AGREEMENT_ACCEPT = "agreement.accept"
    PRICES_SEE = "prices.see"
    PRICES_APPROVE = "prices.approve"
    UTILIZATION_SEE = "utilization.see"
    REPORT_SEE = "report.see"
    REPORT_FILE = "report.file"
    UTILIZATION_VIEW_SHARE = "utilization.view_share"
    UTILIZATION_TARGET = "utilization.target"
    USE_TARGET = "use.target"
    UTILIZATION_PUBLISH = "utilization.publish"
    IDLE_ASK = "idle.ask"
    IDLE_ANSWER = "idle.answer"
    PURCHASE_SEE = "purchase.see"
    PURCHASE_EDIT = "purchase.edit"
    LETTERS_DECIDE = "letters.decide"


_INSTITUTION_STAFF = {Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.COMPANY_MANAGER}
_LAB_STAFF = {Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.LAB_MANAGER}
_SEE_BOOKINGS = _LAB_STAFF | {Role.LAB_OPERATOR, Role.GROUP_HEAD, Role.COMPANY_MANAGER, Role.AUDITOR}
_SEE_USES = _SEE_BOOKINGS | {Role.FINANCE_OFFICER}
_MONEY_OWNERS = {Role.GROUP_HEAD, Role.FUND_DELEGATE, Role.COMPANY_MANAGER}

# On what the role stands for itself; see `may` for what a scope contains.
ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.INSTITUTION_ADD: frozenset({Role.PLATFORM_ADMINISTRATOR}),
    Action.INSTITUTION_EDIT: frozenset(_INSTITUTION_STAFF),
    # Whoever sets a mail domain says where its holders belong: not for one institution to claim.
    Action.DOMAINS_EDIT: frozenset({Role.PLATFORM_ADMINISTRATOR}),
    Action.LAB_ADD: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER}),
    Action.LAB_EDIT: frozenset(_LAB_STAFF),
    Action.GROUP_ADD: frozenset(_INSTITUTION_STAFF),
    Action.GROUP_EDIT: frozenset(_INSTITUTION_STAFF | {Role.GROUP_HEAD}),
    Action.GROUP_SEE: frozenset(
        _INSTITUTION_STAFF
        | {Role.GROUP_HEAD, Role.MEMBER, Role.FUND_DELEGATE, Role.AUDITOR, Role.FINANCE_OFFICER}
    ),
    Action.INSTITUTION_ROLES: frozenset(_INSTITUTION_STAFF),
    Action.LAB_ROLES: frozenset(_LAB_STAFF),
    Action.GROUP_ROLES: frozenset(_INSTITUTION_STAFF | {Role.GROUP_HEAD}),
    Action.PLATFORM_ROLES: frozenset({Role.PLATFORM_ADMINISTRATOR}),
    # Mail goes out for the whole installation, and its server’s log is read by who runs it.
    Action.LETTERS_DECIDE: frozenset({Role.PLATFORM_ADMINISTRATOR}),
    Action.ROLES_SEE: frozenset(_INSTITUTION_STAFF | _LAB_STAFF | {Role.GROUP_HEAD, Role.AUDITOR}),
    Action.PERSON_INVITE: frozenset(_INSTITUTION_STAFF | {Role.GROUP_HEAD}),
    Action.PERSON_SEE: frozenset(_INSTITUTION_STAFF | {Role.AUDITOR, Role.FINANCE_OFFICER, Role.GROUP_HEAD}),
    Action.PERSON_EDIT: frozenset(_INSTITUTION_STAFF),
    Action.MEMBERSHIP_EDIT: frozenset(_INSTITUTION_STAFF),
    Action.PERSON_CONFIRM: frozenset(_INSTITUTION_STAFF),
    Action.PERSON_LEAVE: frozenset(_INSTITUTION_STAFF),
    Action.JOURNAL_READ: frozenset(_INSTITUTION_STAFF | {Role.AUDITOR}),
    Action.INSTRUMENT_EDIT: frozenset(_LAB_STAFF),
    Action.CATALOG_IMPORT: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER}),
    Action.CATALOG_EXPORT: frozenset(
        {Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.AUDITOR, Role.FINANCE_OFFICER}
    ),
    Action.HOLIDAYS_EDIT: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER}),
    Action.HOURS_EDIT: frozenset(_LAB_STAFF),
    Action.CLOSURE_EDIT: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.CALENDARS_EDIT: frozenset(_LAB_STAFF),
    Action.RULES_EDIT: frozenset(_LAB_STAFF),
    Action.RULES_OVERRIDE: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.RESERVATION_BOOK_FOR: frozenset(
        _LAB_STAFF | {Role.LAB_OPERATOR, Role.GROUP_HEAD, Role.COMPANY_MANAGER}
    ),
    Action.RESERVATION_SEE: frozenset(_SEE_BOOKINGS),
    Action.RESERVATION_PRICE: frozenset(_SEE_BOOKINGS - {Role.PLATFORM_ADMINISTRATOR}),  # money
    Action.RESERVATION_CHANGE: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.DEMAND_SEE: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.AUDITOR}),
    Action.APPROVAL_DECIDE: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.APPROVAL_DECIDE_AS_MANAGER: frozenset(_LAB_STAFF),
    Action.QUALIFICATION_GRANT: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.ADMISSION_GRANT: frozenset(
        {Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.SAFETY_OFFICER}
    ),
    Action.USE_SEE: frozenset(_SEE_USES),
    # What one company used of everybody's is its own to see: elsewhere companies stand together.
    Action.COMPANY_USE_SEE: frozenset(_SEE_USES - {Role.PLATFORM_ADMINISTRATOR}),
    Action.USE_RECORD: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.USE_CONFIRM: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    Action.OUTPUT_EDIT: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR}),
    # Who works there records, and whoever may decide on an appeal sees it; nobody else, the platform included.
    Action.VIOLATION_RECORD: frozenset({Role.LAB_MANAGER, Role.LAB_OPERATOR}),
    Action.VIOLATION_SEE: frozenset({Role.INSTITUTION_MANAGER, Role.LAB_MANAGER, Role.LAB_OPERATOR}),
    Action.VIOLATION_DECIDE: frozenset({Role.INSTITUTION_MANAGER, Role.LAB_MANAGER}),
    # Money is seen by whose it is and by the finance of the institution in whose books it stands; not by the platform.
    Action.FUND_SEE: frozenset(_MONEY_OWNERS | {Role.FINANCE_OFFICER, Role.AUDITOR}),
    Action.FUND_EDIT: frozenset(_MONEY_OWNERS | {Role.FINANCE_OFFICER}),
    Action.FUND_TERMS: frozenset({Role.FINANCE_OFFICER}),
    Action.LEDGER_SEE: frozenset({Role.FINANCE_OFFICER, Role.AUDITOR}),
    Action.LEDGER_POST: frozenset({Role.FINANCE_OFFICER}),
    # An institution's own programmes; the platform's are run by its administrators, and by nobody else (funds/programme_setting).
    Action.PROGRAMME_SEE: frozenset({Role.FINANCE_OFFICER, Role.AUDITOR}),
    Action.PROGRAMME_EDIT: frozenset({Role.FINANCE_OFFICER}),
    Action.PROGRAMME_DECIDE: frozenset({Role.FINANCE_OFFICER}),
    Action.PROGRAMME_APPLY: frozenset({Role.COMPANY_MANAGER, Role.FINANCE_OFFICER}),
    # What is owed is seen by those to whom it is owed and by those who owe it; not by the platform.
    Action.INCOME_SEE: frozenset(
        {Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER, Role.AUDITOR}
    ),
    Action.COSTS_SEE: frozenset(
        _MONEY_OWNERS | {Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER, Role.AUDITOR}
    ),
    Action.CHARGE_PREPARE: frozenset({Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}),
    Action.CHARGE_ADJUST: frozenset({Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}),
    Action.CHARGE_WRITE_OFF: frozenset({Role.FINANCE_OFFICER}),
    Action.CHARGE_DISPUTE: frozenset(
        {Role.GROUP_HEAD, Role.FUND_DELEGATE, Role.COMPANY_MANAGER, Role.FINANCE_OFFICER}
    ),
    Action.DISPUTE_DECIDE: frozenset({Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}),
    Action.DISPUTE_DECIDE_ABOVE: frozenset({Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}),
    Action.CHARGING_SET: frozenset({Role.FINANCE_OFFICER}),
    Action.MONTH_CLOSE: frozenset({Role.FINANCE_OFFICER}),
    Action.SETTLEMENT_DECIDE: frozenset({Role.FINANCE_OFFICER}),
    # Only who pays says what stands on their invoices.
    Action.INVOICE_DETAILS_SET: frozenset({Role.COMPANY_MANAGER, Role.FINANCE_OFFICER}),
    Action.PRICES_EDIT: frozenset(_LAB_STAFF),
    Action.FORMAL_QUOTE_SEE: frozenset(
        {
            Role.INSTITUTION_MANAGER,
            Role.LAB_MANAGER,
            Role.LAB_OPERATOR,
            Role.FINANCE_OFFICER,
            Role.AUDITOR,
        }
    ),
    Action.FORMAL_QUOTE_WITHDRAW: frozenset(
        {Role.LAB_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}
    ),
    Action.AGREEMENT_PUBLISH: frozenset({Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}),
    Action.AGREEMENT_ACCEPT: frozenset(
        {Role.COMPANY_MANAGER, Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER}
    ),
    Action.PRICES_SEE: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR, Role.FINANCE_OFFICER, Role.AUDITOR}),
    # What a lab proposes its own institution approves, and nobody else.
    Action.PRICES_APPROVE: frozenset({Role.INSTITUTION_MANAGER}),
    # How well the hours are used, of what one answers for.
    Action.UTILIZATION_SEE: frozenset(_LAB_STAFF | {Role.LAB_OPERATOR, Role.AUDITOR, Role.FINANCE_OFFICER}),
    # Forms tell people and money by name: the institution that files them sees them, a lab its own rows; not the platform.
    Action.REPORT_SEE: frozenset({Role.INSTITUTION_MANAGER, Role.AUDITOR, Role.LAB_MANAGER}),
    Action.REPORT_FILE: frozenset({Role.INSTITUTION_MANAGER, Role.LAB_MANAGER}),
    Action.UTILIZATION_VIEW_SHARE: frozenset({Role.INSTITUTION_MANAGER}),
    Action.UTILIZATION_TARGET: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER}),
    Action.USE_TARGET: frozenset({Role.INSTITUTION_MANAGER, Role.GROUP_HEAD, Role.COMPANY_MANAGER}),
    # Only the institution itself says what everybody is told of it.
    Action.UTILIZATION_PUBLISH: frozenset({Role.INSTITUTION_MANAGER}),
    # Who oversees a lab asks it why instruments stand idle; who works there answers.
    Action.IDLE_ASK: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER}),
    Action.IDLE_ANSWER: frozenset({Role.LAB_MANAGER, Role.LAB_OPERATOR}),
    # What an institution buys it reviews itself; whoever oversees it reads along.
    Action.PURCHASE_SEE: frozenset({Role.PLATFORM_ADMINISTRATOR, Role.INSTITUTION_MANAGER, Role.AUDITOR}),
    Action.PURCHASE_EDIT: frozenset({Role.INSTITUTION_MANAGER}),
}

# What everybody may do with what is their own.
OWN: frozenset[Action] = frozenset(
    {
        Action.PERSON_SEE,
        Action.PERSON_EDIT,
        Action.RESERVATION_BOOK_FOR,
        Action.RESERVATION_SEE,
        Action.RESERVATION_PRICE,
        Action.RESERVATION_CHANGE,
        Action.USE_SEE,
        Action.USE_RECORD,
        Action.COSTS_SEE,
        Action.CHARGE_DISPUTE,
    }
)

# Decisions about something: nobody takes them on what they asked for or what is themselves.
NEVER_OWN: frozenset[Action] = frozenset(
    {
        Action.MEMBERSHIP_EDIT,
        Action.PERSON_CONFIRM,
        Action.PERSON_LEAVE,
        Action.APPROVAL_DECIDE,
        Action.APPROVAL_DECIDE_AS_MANAGER,
        Action.QUALIFICATION_GRANT,
        Action.ADMISSION_GRANT,
        Action.VIOLATION_RECORD,
        Action.VIOLATION_DECIDE,
        Action.PROGRAMME_DECIDE,
        Action.CHARGE_PREPARE,
        Action.CHARGE_ADJUST,
        Action.CHARGE_WRITE_OFF,
        Action.DISPUTE_DECIDE,
        Action.DISPUTE_DECIDE_ABOVE,
        Action.PRICES_APPROVE,
    }
)

# Who may hand out which role; a role is never handed to oneself (see roles.grant).
GRANTS: Mapping[Role, Action] = {
    Role.INSTITUTION_MANAGER: Action.INSTITUTION_ROLES,
    Role.FINANCE_OFFICER: Action.INSTITUTION_ROLES,
    Role.AUDITOR: Action.INSTITUTION_ROLES,
    Role.SAFETY_OFFICER: Action.INSTITUTION_ROLES,
    Role.COMPANY_MANAGER: Action.INSTITUTION_ROLES,
    Role.LAB_MANAGER: Action.LAB_ROLES,
    Role.LAB_OPERATOR: Action.LAB_ROLES,
    Role.GROUP_HEAD: Action.GROUP_ROLES,
    Role.FUND_DELEGATE: Action.GROUP_ROLES,
    Role.MEMBER: Action.GROUP_ROLES,
    Role.PLATFORM_ADMINISTRATOR: Action.PLATFORM_ROLES,
}


@dataclass(frozen=True)
class Grant:
    """A role held now, by oneself or as a deputy; `scope_id` is None on the platform."""

    role: Role
    scope_id: int | None


@dataclass(frozen=True)
class Actor:
    """Who asks: a signed-in person with every role held at this moment, their last day if one is set, and the scopes
    of a token if one is used."""

    person_id: int
    institution_id: int | None
    institution_kind: str | None
    lab_ids: frozenset[int] = frozenset()
    group_ids: frozenset[int] = frozenset()
    grants: tuple[Grant, ...] = ()
    name_en: str = ""
    name_zh: str = ""
    mail: str = ""
    language: str = "en"
    zone: str = "Asia/Shanghai"
    token_scopes: frozenset[str] | None = None
    ends_on: date | None = None
    institution_country: str | None = None

    @property
    def only_group(self) -> int | None:
        """The group that is served where nothing else is said: the only one of this person."""
        return next(iter(self.group_ids)) if len(self.group_ids) == 1 else None

    def has(self, role: Role) -> bool:
        """Whether the role is held on any scope."""
        return any(grant.role is role for grant in self.grants)


@dataclass(frozen=True)
class Scope:
    """Where a thing stands: in which institution, lab, groups, and whose it is (all persons it belongs to)."""

    institution_id: int | None = None
    lab_id: int | None = None
    group_ids: frozenset[int] = field(default=frozenset())
    person_ids: frozenset[int] = field(default=frozenset())
    asked_by: int | None = None


def may(actor: Actor | None, action: Action, scope: Scope) -> bool:
    """Whether the actor may do this there. A role on an institution counts in its labs, groups and persons."""
    if actor is None:
        return False
    own = actor.person_id in scope.person_ids
    if action in NEVER_OWN and (own or scope.asked_by == actor.person_id):
        return False
    if own and action in OWN:
        return True
    return any(grant.role in ALLOWED[action] and _covers(grant, scope) for grant in actor.grants)


def may_somewhere(actor: Actor | None, action: Action) -> bool:
    """Whether the actor may do this on any scope at all: decides which words the navigation shows."""
    return actor is not None and any(grant.role in ALLOWED[action] for grant in actor.grants)


def _covers(grant: Grant, scope: Scope) -> bool:
    kind = SCOPE_OF_ROLE[grant.role]
    if kind == "platform":
        return True
    if grant.scope_id is None:
        return False
    if kind == "institution":
        return grant.scope_id == scope.institution_id
    if kind == "lab":
        return grant.scope_id == scope.lab_id
    return grant.scope_id in scope.group_ids
