"""Who may operate which instrument: levels granted by the lab, safety admissions, and when two must be present."""
