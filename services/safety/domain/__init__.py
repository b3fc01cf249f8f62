"""What an answer to the red-flag list leads to, as pure functions."""
