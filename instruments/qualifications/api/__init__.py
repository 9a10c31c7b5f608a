"""Doors of qualifications for programs: lists, granting, requests and answers, admissions, techniques, what is asked."""

from instruments.qualifications.api import (
    admission_lists,
    admissions,
    asked,
    granted,
    lists,
    rules,
    techniques,
)
from instruments.qualifications.api.telling import api

__all__ = ["admission_lists", "admissions", "api", "asked", "granted", "lists", "rules", "techniques"]
