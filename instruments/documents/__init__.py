"""Documents for people and their offices: printed pages (PDF), made from plain values."""
