"""What a time would cost, and what stands against it, for programs: nothing is reserved."""
