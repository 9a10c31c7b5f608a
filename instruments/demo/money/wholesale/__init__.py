"""The books of the institutions whose money is not shown in detail: tens of thousands of rows, written table by table.

What each use costs comes from the product's own rules, and every row passes the constraints and triggers of its table.
"""
