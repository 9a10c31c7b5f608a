"""Pages of utilization: the dashboard, the tables behind its figures, the files of them, what stands idle."""

from instruments.utilization.views import board, lists, tables, users
from instruments.utilization.views.doors import pages

__all__ = ["board", "lists", "pages", "tables", "users"]
