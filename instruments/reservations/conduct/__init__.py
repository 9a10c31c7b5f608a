"""What labs record of those who did not keep to their rules: dated facts that expire, and can be appealed against."""
