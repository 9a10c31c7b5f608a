"""The invented world as rows: pure, seeded, the same every time for the same sizes and anchor date."""
