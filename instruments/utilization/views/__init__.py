"""Pages of utilization: the dashboard, the tables behind its figures, the files of them, what stands idle."""

from instruments.utilization.views import board, keeping, lists, tables, users, uses
from instruments.utilization.views.doors import pages

__all__ = ["board", "keeping", "lists", "pages", "tables", "users", "uses"]
