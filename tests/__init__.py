"""Pacewell's tests."""
