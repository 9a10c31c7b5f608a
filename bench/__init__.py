"""Measures the hot paths at full size, on both databases, as ratios to what the machine allows in the same run."""
