"""What belongs to a dashboard besides its figures: views that are saved under a name, and targets."""
