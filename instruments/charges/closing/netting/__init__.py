"""Settlement between institutions: what two owe one another, and a netted payment that both finance offices accept."""
