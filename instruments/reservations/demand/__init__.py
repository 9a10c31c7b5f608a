"""Demand that was not met: what was asked for and not found, without names, for those who plan instruments."""
