"""What the manager of an institution chose to tell everybody of its sharing, and nothing else."""
