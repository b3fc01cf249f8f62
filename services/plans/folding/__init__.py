"""What each command and event does to a person's file, one module for each area; pure, the hands of `transitions`."""
