"""Who is who: institutions, labs, groups, persons, their roles, and signing in."""
