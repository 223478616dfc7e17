"""The one error that running the engine shows to people instead of a traceback."""


class Refused(Exception):
    """What is wrong, the value, what is allowed and what to do next, in one sentence."""
