"""What was really used: check-ins, runs and measured sessions, with the evidence of every hour. Facts; no money."""
