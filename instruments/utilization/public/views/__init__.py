"""Pages of what an institution tells everybody: the public one, and the one on which its manager chooses."""

from instruments.utilization.public.views import chosen, shown
from instruments.utilization.public.views.doors import pages

__all__ = ["chosen", "pages", "shown"]
