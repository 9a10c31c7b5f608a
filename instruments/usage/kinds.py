"""The kinds of what was used: layers of an hour, grades of its evidence, flags that wait for a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_

RESERVATION, WALK_UP, RUN = "reservation", "walk_up", "run"
KINDS = (RESERVATION, WALK_UP, RUN)
RUNNING, WAITING, CONFIRMED, VOID = "running", "waiting", "confirmed", "void"
STATES = (RUNNING, WAITING, CONFIRMED, VOID)

# The layers of metrics.md: somebody was there; of that what was done; and what took it away again.
ATTENDED = "attended"
PREPARATION, MEASUREMENT, POST_PROCESSING = "preparation", "measurement", "post_processing"
IDLE, DEBUGGING, DOWN, FAULT = "idle", "debugging", "down", "fault"
EFFECTIVE = (PREPARATION, MEASUREMENT, POST_PROCESSING)
LAYERS = (ATTENDED, *EFFECTIVE, IDLE, DEBUGGING, DOWN, FAULT)
# What shows that somebody used the instrument; a logger that only sees it measure shows it as well.
USED = (ATTENDED, *EFFECTIVE, IDLE, DEBUGGING)
# What the lab owes: downtime inside a use, its own fault, its debugging (charging.md, rule 13).
NOT_CHARGED = (DOWN, FAULT, DEBUGGING)

# How it was found out whose use a report belongs to: by the reservation that it names, by the user that it names, as it lies in
# or goes on from their time, only near it, or to nobody known. Where a person decided, none of these is kept.
AS_SAID, IN_NAME, AT_THEIR_TIME, NEAR_THEIR_TIME, OF_NOBODY = "said", "named", "time", "near", "nobody"
ATTRIBUTIONS = ("", AS_SAID, IN_NAME, AT_THEIR_TIME, NEAR_THEIR_TIME, OF_NOBODY)
# What another report may show to be somebody else's.
OPEN = (IN_NAME, AT_THEIR_TIME, NEAR_THEIR_TIME, OF_NOBODY)

# The grades of the evidence, the best first (metrics.md, rule 8).
SENSOR, SCAN, FILE, TYPED, ASSUMED = "sensor", "scan", "file", "typed", "assumed"
GRADES = (SENSOR, SCAN, FILE, TYPED, ASSUMED)

BY_PERSON, BY_RULE, BY_REPORT = "person", "rule", "report"
ENDS = (BY_PERSON, BY_RULE, BY_REPORT)

SELF, ASSISTED, SERVICE = "self", "assisted", "service"
MODES = (SELF, ASSISTED, SERVICE)

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
CHECK_INS = (OFF, OPTIONAL, REQUIRED)

# Why a use waits for a person and never confirms itself.
ENDED_BY_RULE, DAY_LONG, MORE_THAN_THERE_IS, AFTER_CORRECTION, OUTSIDE, NOBODY, LATE, NEARBY = (
    "ended_by_rule", "day_long", "more_than_there_is", "after_correction", "outside", "nobody", "late", "near",
)  # fmt: skip
FLAGS: Mapping[str, str] = {
    ENDED_BY_RULE: N_("Nobody ended it; the lab’s rule did."),
    DAY_LONG: N_("A session of 24 hours or more."),
    MORE_THAN_THERE_IS: N_("More hours at once than the instrument has places."),
    AFTER_CORRECTION: N_("A report came after the hours were corrected."),
    OUTSIDE: N_("Reported hours lie far from the reserved time."),
    NOBODY: N_("A device reported it; nobody said who used it."),
    LATE: N_("A report came after it was confirmed; its hours do not count."),
    NEARBY: N_("Some reported hours lie near this person’s time, not in it. Look whose they were."),
}

MODE_WORDS: Mapping[str, str] = {
    SELF: N_("By the user"),
    ASSISTED: N_("With an operator"),
    SERVICE: N_("By the lab for the customer"),
}
LAYER_WORDS: Mapping[str, str] = {
    ATTENDED: N_("Attended"),
    PREPARATION: N_("Preparation"),
    MEASUREMENT: N_("Measurement"),
    POST_PROCESSING: N_("Post-processing"),
    IDLE: N_("Idle"),
    DEBUGGING: N_("Debugging"),
    DOWN: N_("Down"),
    FAULT: N_("Fault of the lab"),
}
GRADE_WORDS: Mapping[str, str] = {
    SENSOR: N_("Measured by a device"),
    SCAN: N_("Checked in"),
    FILE: N_("From a file"),
    TYPED: N_("Typed"),
    ASSUMED: N_("Assumed"),
}
