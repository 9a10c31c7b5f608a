"""The pages of usage, by what they are about."""

from instruments.usage.views import files, here, one, outputs, run, setting, today, using, worklist
from instruments.usage.views.doors import pages

__all__ = ["files", "here", "one", "outputs", "pages", "run", "setting", "today", "using", "worklist"]
