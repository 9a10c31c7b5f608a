"""How well the hours are used: layers of time, figures that carry their definition, summaries by instrument and month."""
