"""Labs are asked why instruments stood idle, once for a period, and what they answer stands in the list."""
