"""The calendar of an institution for programs: its days and its seasons."""
