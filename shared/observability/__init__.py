"""What a running service shows of itself: metrics and logs, in which no person appears."""
