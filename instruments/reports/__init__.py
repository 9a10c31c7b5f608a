"""Statutory forms from one ledger of use: their formats as data, rows from the facts, what they lack, filed and kept."""
