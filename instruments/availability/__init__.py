"""When an instrument is open: weekly hours, holidays, closures."""
