"""Which instruments answer a question, and in which order."""
