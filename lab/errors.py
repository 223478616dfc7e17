"""The one error that the lab shows to people instead of a traceback."""


class LabError(Exception):
    """What is wrong, the value, what is allowed and what to do next, in one sentence."""
