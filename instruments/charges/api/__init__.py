"""Doors of charges for programs: charges with their chain, the worklist of what is not charged, how an institution charges."""

from instruments.charges.api import charges, missing, setting
from instruments.charges.api.telling import api

__all__ = ["api", "charges", "missing", "setting"]
