"""The money of the invented world: prices, payers, charges of a year, closed months, disputes; by the product's own acts."""
