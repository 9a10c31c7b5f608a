"""Ask for the right to charge a fund before it is used, without learning which funds there are; and the answers."""
