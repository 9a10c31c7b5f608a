"""What is owed: charges whose every line says why, their shares and entries in the books, disputes and corrections."""
