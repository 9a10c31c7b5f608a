"""The waitlist: who waits for time, what is offered to them down the list when it becomes free, and what came of it."""
