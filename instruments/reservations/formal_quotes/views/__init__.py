"""Doors of formal quotes as pages: asking for one, lists, one with its papers and answers, framework agreements."""

from instruments.reservations.formal_quotes.views import agreement, answers, ask, lists, one, paying
from instruments.reservations.formal_quotes.views.doors import pages

__all__ = ["agreement", "answers", "ask", "lists", "one", "pages", "paying"]
