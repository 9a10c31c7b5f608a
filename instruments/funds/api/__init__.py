"""Doors of funds for programs: funds and rights, wallets and the ledger, programmes."""

from instruments.funds.api import admissions, books, managing, openings, programmes, reading
from instruments.funds.api.telling import api

__all__ = ["admissions", "api", "books", "managing", "openings", "programmes", "reading"]
