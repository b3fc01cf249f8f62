"""Everything goes wrong at once, over all six services, and an independent checker counts what came of it."""
