"""A time tried out as somebody else: what they would be told, and what it would cost them."""
