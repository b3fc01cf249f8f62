"""The vectors of the decision table, and the second reading of the rules that wrote what they expect."""
