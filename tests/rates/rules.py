"""The rules by which an hour becomes money, as users read them: a question and an answer by number."""

RULES = {
    1: (
        "What is an hour?",
        "Time that really passes. A night across a clock change has 7 or 9 hours if 7 or 9 passed.",
    ),
    2: (
        "Which minutes count?",
        "The *basis* of the card: `used`, `reserved`, or `longer` (both together). What the lab owes is taken out (13), all "
        "sessions of the reservation are added, and the sum is rounded up once to the card's *increment* (1, 5, 15, 30 or "
        "60 min); the added part costs what the last counted minute costs. Nothing left: no time charge, no minimum. A run for "
        "several customers is rounded up once, and then divided (3).",
    ),
    3: (
        "Other units",
        "Per use, per sample, per calendar day touched *or* per 24 h begun (of all counted time together; the card says "
        "which; days are those of the instrument's zone), per item, per operator hour. A price per use is charged once, "
        "unless nothing of the use is left. Samples that the lab counted by no code cost the card's only price for a sample. "
        "**A run for several customers** is priced as one, and each line is divided: by the parts that were entered, else by "
        "samples, else equally; samples and items by samples. So it costs in all what it would cost one customer, however "
        "many share it; of customers of different classes, each bears their part of what it costs their own class.",
    ),
    4: (
        "Who pays which price?",
        "That of the class of the payer as seen from the lab: own lab, own institution, partner, other public body, "
        "company, individual, abroad; a lab may divide finer. It is derived from who pays and shown with its reason: nobody "
        "chooses it, and a mail address says nothing. Where several pay, each pays the price of its own class.",
    ),
    5: (
        "Which version of the price?",
        "Version, class and factors of the moment somebody pressed *Book* or asked: **the rates are binding, the quantity "
        "follows the basis**. An accepted formal quote is what it costs at most. What the user moves is priced anew; what "
        "the lab moves keeps the lower price. A walk-up: its start. Two versions of a card never hold on one day.",
    ),
    6: (
        "No price found?",
        "That is said, and the use waits for the lab: it is never zero in silence. An explicit 0.00 is a price.",
    ),
    7: (
        "Peak, night, weekend, holiday",
        "Windows on the lab's wall clock and by type of day (workday, rest day, statutory holiday; a make-up workday is a "
        "workday) of the minute's own date. Exact to the minute; each part is its own line at its own factor. The first "
        "window that covers a minute, in the lab's order, counts; a minute in none costs the full price. Days touched "
        "and 24 h begun know no windows.",
    ),
    8: (
        "Minimum charge",
        "Once per reservation, on the sum of its time lines, after the windows and before any subsidy; never on fees. "
        "The difference is its own line. A run for several customers costs it once, too, divided like the hours.",
    ),
    9: (
        "Add-ons",
        "Operator, samples, items, a price per use: lines of their own, after the minimum. Operator: confirmed minutes "
        "(quoted: the reserved time), own increment, no window factor unless the card says so; then by the windows of the "
        "counted time from its beginning.",
    ),
    10: (
        "Rounding",
        "Once per line, half up, to the currency's smallest unit (CNY 0.01). A total is the sum of its lines. Nothing is "
        "computed from a rounded quantity. Of a run for several customers it is the line of the whole run; each part is rounded "
        "down, and what is left over falls to the first who bears one.",
    ),
    11: (
        "Splits",
        "Programmes first (14). The rest by fund: each share rounded down, the remainder to the first fund. Payers of "
        "different classes: each percentage of its own class's price. Shares always add up to the total.",
    ),
    12: (
        "Late cancellation, no-show",
        "Two rules of the lab, percentages (0–100) of the quoted *time* lines, without the minimum: free until N hours "
        "before the start (that instant included), then the late rule; a no-show follows its own rule whatever the basis. "
        "None if the lab caused it, nor if a closure moved the time and its user gives the new one up; reduced in proportion "
        "as another pays for the time. Shortening or moving late: the fee on the minutes given up, which are worth what the "
        "quote falls by. Given back once it has begun, and not used: cancelled late. Booked inside the window: free for 15 "
        "minutes. No rule set: no fee.",
    ),
    13: (
        "Downtime inside a use",
        "Not charged, and neither are minutes that the lab marks as its own fault or debugging.",
    ),
    14: (
        "Subsidies and vouchers",
        "A programme pays its rate of the eligible lines, rounded down, then at most its cap per order, what is left of its "
        "cap per payer and year, and of its budget. Never on fees, never below zero; not combined unless both programmes "
        "allow it. A correction reverses both shares and applies the original terms as if the first charge had not been.",
    ),
    15: (
        "When is it final?",
        "A *draft* while the use waits for the lab, following every change of it; *posted* when the lab confirms, or by "
        "itself at the lab's deadline unless it is flagged. What is posted never changes: a correction is a reversal and a "
        "new entry in an open month, linked, with its reason and whoever made it.",
    ),
    16: (
        "The books",
        "Double entry: each posting goes from one account to another of the same institution and currency, so that "
        "everything adds up to zero. Accounts: fund; owed by a payer; paid in advance by one (a liability); claim on a "
        "programme; output tax; income of the lab; share of the institution (of the net, rounded down); bank; waived; "
        "written off. Balances are sums of postings and are kept nowhere else. What is entered by hand about a charge needs a "
        "reason, and **a second person** as soon as all that was changed of that charge without one comes to more than the "
        "institution's limit: credits, waivers, write-offs, adjustments and what was taken off in disputes, by whomever, up or "
        "down, about the charge, what it replaces and what replaces it.",
    ),
    17: (
        "Statement",
        "For each creditor institution, payer, currency and month, numbered without gaps by creditor and year, frozen when "
        "it is issued: preview, days to object, issue. What lacks a price or a payer, is not confirmed, flagged, disputed "
        "or late comes on a later one with its true date; it neither stops a month nor opens a closed one. What a statement "
        "owes back is refunded, or set off against another of the same payer, creditor and currency.",
    ),
    18: (
        "Dispute",
        "Of a charge or one of its lines, draft or posted, until its statement is due, with a reason. The lab upholds it, or "
        "takes an amount off, with a reason: off the whole, or off the disputed line alone, at most what that comes to. A draft "
        "stays one and is posted when its use is confirmed, for less; what is posted is reversed and entered again. It stays "
        "off whatever becomes of the use, off that kind of line first, and off the whole as far as such lines do not reach. "
        "What takes off more than one person may change alone (16) waits until a second "
        "agrees, and whoever disputes sees that it waits; nobody answers what is their own; where the lab is silent for "
        "longer than the institution's days, the institution decides. What is disputed is not overdue.",
    ),
    19: (
        "Funds",
        "Owner, who may charge it and up to how much, dates (of the use), budget, currency. A booking holds its quote, and "
        "is refused with the sum that is missing where it does not fit. What comes to more is posted in full, and an "
        "overdrawn fund takes no new bookings. What is taken back returns to the same fund, even one that has ended. "
        "Another fund afterwards: with the consent of whoever manages it, a reversal and a new entry at that payer's class.",
    ),
    20: (
        "Overrun, early end",
        "Minutes after the reserved end count in every basis, at the overrun factor (100 % unless the card says otherwise). "
        "An end that was set by rule never charges beyond the reserved end. Time that was given back and that another "
        "pays for is not charged twice.",
    ),
    21: (
        "Tax",
        "Prices include tax; the rate is finance's data. Net = gross ÷ (1 + rate), rounded; the tax is the rest."
        " What moves within an institution, what its own programme bears included, has none.",
    ),
    22: ("Currency", "There is no conversion; a fund pays only in its own currency."),
    23: (
        "Whose money",
        "Each institution bills its own income. Between institutions it is settled gross; netting is a proposal that both "
        "finance offices accept. A wallet belongs to one institution, is its liability, and is paid back only to the "
        "account that paid. The platform holds no money.",
    ),
}
