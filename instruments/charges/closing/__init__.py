"""Month end: what is open, issuing a month's statements, their papers, payments, invoices, settlement, and the books' exports."""
