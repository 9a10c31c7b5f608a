"""The words of money: kinds of funds, accounts, postings and lines, states and sources."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_

KINDS: Mapping[str, str] = {
    "grant": N_("Research grant"),
    "cost_code": N_("Cost code"),
    "allowance": N_("Allowance"),
    "wallet": N_("Wallet"),
    "credit": N_("Credit terms"),
}
ABOUT_KINDS: Mapping[str, str] = {
    "grant": N_("Money of a research project, with a budget and an end."),
    "cost_code": N_("An account of the institution’s own that costs are booked on."),
    "allowance": N_("What the institution gives a group or everybody for its own instruments."),
    "wallet": N_("Money paid in advance to one institution, and spent there."),
    "credit": N_("Billed monthly by one institution, up to a limit."),
}
STATES: Mapping[str, str] = {
    "open": N_("In force"),
    "blocked": N_("Blocked"),
    "closed": N_("Closed for good"),
}
SOURCES: Mapping[str, str] = {
    "national": N_("National programme"),
    "foundation": N_("National science foundation"),
    "provincial": N_("Provincial"),
    "municipal": N_("Municipal"),
    "institution": N_("The institution’s own"),
    "enterprise": N_("Enterprise"),
    "abroad": N_("From abroad"),
    "other": N_("Other source"),
}
LINES: Mapping[str, str] = {
    "time": N_("Instrument time"),
    "minimum": N_("Minimum charge"),
    "add_on": N_("Samples and consumables"),
    "operator": N_("Operator time"),
    "fee": N_("Fees for late cancellation and no-show"),
}
ACCOUNTS: Mapping[str, str] = {
    "fund": N_("Fund spent"),
    "receivable": N_("Receivable"),
    "prepaid": N_("Prepaid by payers"),
    "payable": N_("Payable"),
    "programme_claim": N_("Claim on a programme"),
    "output_tax": N_("Output tax"),
    "lab_income": N_("Income of a lab"),
    "institution_share": N_("Share of the institution"),
    "bank_clearing": N_("Bank clearing"),
    "waiver": N_("Waived"),
    "write_off": N_("Written off"),
    "opening": N_("Opening balances"),
}
POSTINGS: Mapping[str, str] = {
    "charge": N_("Charge"),
    "deposit": N_("Paid in"),
    "refund": N_("Paid back"),
    "opening": N_("Opening balance"),
    "payment": N_("Payment"),
    "adjustment": N_("Adjustment"),
    "waiver": N_("Waiver"),
    "write_off": N_("Write-off"),
    "claim": N_("Claim"),
    "settlement": N_("Settlement"),
}
THINGS: Mapping[str, str] = {
    "reservation": N_("Reservation"),
    "charge": N_("Charge"),
    "fund": N_("Fund"),
    "account": N_("Account"),
    "use": N_("Use of an instrument"),
    "quote": N_("Quote"),
    "statement": N_("Statement"),
    "payment": N_("Payment"),
    "payment_match": N_("Part of a payment"),
}
PAYERS: Mapping[str, str] = {
    "university": N_("Universities"),
    "institute": N_("Research institutes"),
    "public": N_("Other public bodies"),
    "company": N_("Companies"),
    "individual": N_("Individuals"),
}
DEEDS: Mapping[str, str] = {
    "fund.opened": N_("Opened"),
    "fund.edited": N_("Terms changed"),
    "fund.blocked": N_("Blocked"),
    "fund.unblocked": N_("Open again"),
    "fund.closed": N_("Closed for good"),
    "fund.warned": N_("Warned that much is taken"),
    "fund.overdrawn": N_("Overdrawn by a charge"),
    "fund.covered": N_("Covered again"),
    "fund.right_given": N_("Right to charge given"),
    "fund.right_taken": N_("Right to charge taken back"),
    "fund.allowed": N_("What it may pay for changed"),
    "fund.deposited": N_("Payment recorded"),
    "fund.refunded": N_("Refund recorded"),
}
