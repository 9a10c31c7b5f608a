"""Reviews of proposed purchases: instruments that could serve instead, compared by their use, and an opinion that is signed."""
