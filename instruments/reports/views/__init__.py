"""The pages of statutory forms, by what they are about."""

from instruments.reports.views import calendar, differences, many, one, rows, taking, words
from instruments.reports.views.doors import pages

__all__ = ["calendar", "differences", "many", "one", "pages", "rows", "taking", "words"]
