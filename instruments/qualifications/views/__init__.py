"""Doors of qualifications as pages."""

from instruments.qualifications.views import (
    admission_lists,
    admissions,
    answering,
    lists,
    of_lab,
    one,
    own,
    rule,
    technique_pages,
)
from instruments.qualifications.views.doors import pages

__all__ = [
    "admission_lists",
    "admissions",
    "answering",
    "lists",
    "of_lab",
    "one",
    "own",
    "pages",
    "rule",
    "technique_pages",
]
