"""Operations: what a person at a terminal asks of an installation, and does to it."""
