"""What an instrument hour costs: the rules from what was reserved and used to lines that add up."""
