"""How messages become what is known, and what is decided becomes events and records; the hands of `transitions`."""
