"""People who do not exist, lived through months by the service's own rules: how the rules behave, in figures."""
