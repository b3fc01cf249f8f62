"""The HTTP side that every service has alike: who calls, what may come in, and how an error is told."""
