"""Pages of purchase reviews: the list, what is to be bought, the comparison with its opinion, what to compare with."""

from instruments.utilization.purchases.views import candidates, lists, one
from instruments.utilization.purchases.views.doors import pages

__all__ = ["candidates", "lists", "one", "pages"]
