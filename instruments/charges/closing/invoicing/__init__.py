"""Invoices: what payers want on theirs, what is asked of the tax system, the files for it, and the numbers it gives."""
