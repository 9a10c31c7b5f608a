"""Setting the rules of labs, for programs: limits, limits for certain dates, quotas."""
