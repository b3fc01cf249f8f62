"""Measurements on the embedded stack: `python -m tests.bench`, `make bench`."""
