"""Doors of qualifications for programs: lists, granting, requests and their answers, admissions, and what is asked."""

from instruments.qualifications.api import admissions, asked, granted, lists, rules
from instruments.qualifications.api.telling import api

__all__ = ["admissions", "api", "asked", "granted", "lists", "rules"]
