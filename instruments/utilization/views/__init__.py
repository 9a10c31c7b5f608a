"""Pages of utilization: the dashboard, the tables behind its figures, the files of them, what stands idle."""

from instruments.utilization.views import (
    board,
    board_files,
    hours,
    income,
    keeping,
    lists,
    matrix,
    reserved,
    served,
    tables,
    unmet,
    used_by,
    user_files,
    users,
    uses,
)
from instruments.utilization.views.doors import pages

__all__ = [
    "board",
    "board_files",
    "hours",
    "income",
    "keeping",
    "lists",
    "matrix",
    "pages",
    "reserved",
    "served",
    "tables",
    "unmet",
    "used_by",
    "user_files",
    "users",
    "uses",
]
