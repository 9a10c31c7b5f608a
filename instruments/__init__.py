"""Instrument Commons: the rooms in which an instrument hour is published, found, reserved and used."""
