"""The parts of the transitions: the person's setting, events, views, and the batch log; pure."""
