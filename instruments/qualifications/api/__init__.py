"""Doors of qualifications for programs: lists, granting, requests and their answers, admissions, and what is asked."""

from instruments.qualifications.api import admission_lists, admissions, asked, granted, lists, rules
from instruments.qualifications.api.telling import api

__all__ = ["admission_lists", "admissions", "api", "asked", "granted", "lists", "rules"]
