"""The rules of plans as pure functions over frozen values: no I/O, no clock, standard library only."""
