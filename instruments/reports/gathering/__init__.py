"""Rows of forms from the facts: of services, instruments, income, an institution as a whole, and indicators."""
