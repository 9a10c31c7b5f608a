"""The names under which people's codes are shown."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_
from instruments.people.rights import Role

ROLES: Mapping[str, str] = {
    Role.PLATFORM_ADMINISTRATOR: N_("Platform administrator"),
    Role.INSTITUTION_MANAGER: N_("Institution manager"),
    Role.FINANCE_OFFICER: N_("Finance officer"),
    Role.AUDITOR: N_("Auditor"),
    Role.LAB_MANAGER: N_("Lab manager"),
    Role.LAB_OPERATOR: N_("Lab operator"),
    Role.GROUP_HEAD: N_("Group head"),
    Role.FUND_DELEGATE: N_("Fund delegate"),
    Role.COMPANY_MANAGER: N_("Company manager"),
    Role.MEMBER: N_("Member"),
}
ROLE_MEANINGS: Mapping[str, str] = {
    Role.PLATFORM_ADMINISTRATOR: N_("Adds institutions and their mail domains, and may help everywhere."),
    Role.INSTITUTION_MANAGER: N_("Runs the institution here: people, labs, groups, catalogue, holidays."),
    Role.FINANCE_OFFICER: N_("Reads the people and exports the catalogue."),
    Role.AUDITOR: N_("Reads everything of the institution, its journal included; changes nothing."),
    Role.LAB_MANAGER: N_("Runs the lab: instruments, hours, rules, closures, reservations."),
    Role.LAB_OPERATOR: N_("Works at the instruments: closures, and reservations of others."),
    Role.GROUP_HEAD: N_("Leads the group: members, and reservations for them."),
    Role.FUND_DELEGATE: N_("Stands for the head where the group’s funds are concerned."),
    Role.COMPANY_MANAGER: N_("Runs the company’s account here: its people, and reservations for them."),
    Role.MEMBER: N_("Belongs to the group."),
}
INSTITUTION_KINDS: Mapping[str, str] = {
    "university": N_("University"),
    "institute": N_("Institute"),
    "company": N_("Company"),
}
PERSON_KINDS: Mapping[str, str] = {
    "student": N_("Student"),
    "staff": N_("Staff"),
    "external": N_("External"),
}
THINGS: Mapping[str, str] = {
    "person": N_("Person"),
    "institution": N_("Institution"),
    "lab": N_("Lab"),
    "group": N_("Group"),
    "instrument": N_("Instrument"),
    "reservation": N_("Reservation"),
    "import_run": N_("Import"),
}
DEEDS: Mapping[str, str] = {
    "institution.added": N_("Institution added"),
    "institution.edited": N_("Institution edited"),
    "lab.added": N_("Lab added"),
    "lab.edited": N_("Lab edited"),
    "group.added": N_("Group added"),
    "group.edited": N_("Group edited"),
    "role.granted": N_("Role given"),
    "role.ended": N_("Role ended"),
    "deputy.named": N_("Deputy named"),
    "deputy.ended": N_("Deputy ended"),
    "person.added": N_("Person added"),
    "person.registered": N_("Registered"),
    "person.confirmed": N_("Address confirmed"),
    "person.invited": N_("Invited by mail"),
    "invitation.accepted": N_("Invitation accepted"),
    "invitation.withdrawn": N_("Invitation withdrawn"),
    "person.signed_in": N_("Signed in"),
    "person.signed_out_everywhere": N_("Signed out everywhere"),
    "person.leaving": N_("Last day set"),
    "person.staying": N_("Last day taken back"),
    "password.asked": N_("Asked for a new password"),
    "password.reset": N_("New password by mail"),
    "password.changed": N_("Password changed"),
    "profile.edited": N_("Profile edited"),
    "membership.edited": N_("Membership edited"),
    "membership.confirmed": N_("Membership confirmed"),
    "token.made": N_("Token made"),
    "token.revoked": N_("Token revoked"),
    "instrument.added": N_("Instrument added"),
    "instrument.changed": N_("Instrument edited"),
    "instrument.retired": N_("Instrument retired"),
    "instrument.retirement_planned": N_("Instrument's last day set"),
    "instrument.taken_back": N_("Instrument taken back into service"),
    "catalog.imported": N_("Catalogue imported"),
    "catalog.file_uploaded": N_("Catalogue file uploaded"),
    "hours.published": N_("Hours published"),
    "hours.plan_dropped": N_("Planned hours dropped"),
    "hours.withdrawn": N_("Own hours given up"),
    "holiday.added": N_("Holiday added"),
    "holiday.removed": N_("Holiday removed"),
    "closure.added": N_("Closure added"),
    "closure.changed": N_("Closure changed"),
    "closure.ended": N_("Closure ended"),
    "closure.lifted": N_("Closure lifted"),
    "rules.changed": N_("Rules changed"),
    "demonstration.loaded": N_("Demonstration loaded"),
    "reservation.created": N_("Booked"),
    "reservation.changed": N_("Reservation changed"),
    "reservation.handed_over": N_("Reservation handed over"),
    "reservation.moved": N_("Reservation moved"),
    "reservation.cancelled": N_("Reservation cancelled"),
}
