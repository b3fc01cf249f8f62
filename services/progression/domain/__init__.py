"""The rules of progression as pure functions over frozen values: no I/O, no clock, standard library only."""
