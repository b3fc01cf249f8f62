"""What can be wrong on the user's machine, said in one sentence."""


class Trouble(Exception):
    """The local stack cannot go on; the text is one sentence for the person at the terminal."""
