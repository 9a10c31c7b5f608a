"""Doors of funds for programs: funds and rights, wallets and the ledger, programmes."""

from instruments.funds.api import admissions, asked, books, managing, openings, programmes, reading
from instruments.funds.api.telling import api

__all__ = ["admissions", "api", "asked", "books", "managing", "openings", "programmes", "reading"]
