"""The rules of logging: pure functions over frozen dataclasses, standard library only."""
