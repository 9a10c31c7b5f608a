"""Answering several requests of a lab at once."""
