"""The journal: who did what to which thing, when; written in the same transaction as the deed."""
