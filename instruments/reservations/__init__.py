"""Who holds an instrument when: free time, booking, moving, cancelling."""
