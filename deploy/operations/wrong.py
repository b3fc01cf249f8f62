"""A question that cannot be answered as it was asked."""


class WrongQuestion(Exception):
    """The text is one sentence for the person at the terminal; the exit code is 2."""
