"""The alarm clock: wakes work that stands as rows in the rooms."""
