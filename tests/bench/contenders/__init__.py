"""Programs that do the same job in different ways; each is one process that prints one line of JSON."""
