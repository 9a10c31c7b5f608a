"""Pages of idle instruments: asking a lab, and its answers."""

from instruments.utilization.idle.views import asked
from instruments.utilization.idle.views.doors import pages

__all__ = ["asked", "pages"]
