"""Formal quotes: a price and a time on paper for who belongs to another legal person, valid until a date, accepted once."""
