"""The invented world of the demonstration."""
