"""One change of hours or limits for any selection of instruments: first what it would do, then all of it at once."""
