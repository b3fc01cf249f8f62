"""How the routes read and carry out what callers ask for."""
