"""Prices as a spreadsheet: written to be edited elsewhere, read again, and held against what is there before it is taken."""
