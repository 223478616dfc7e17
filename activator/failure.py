"""How a run can end other than well, and its exit codes (2 is argparse's own, for wrong usage)."""

DONE, REFUSED, PUT_BACK, BROKEN = 0, 1, 3, 4


class Refused(Exception):
    """The release cannot be had on this host; nothing was changed."""


class Failed(Exception):
    """A step of a transaction failed; what was there is put back."""


class Interrupted(Exception):
    """Somebody asked the activator to stop (SIGTERM, SIGINT)."""
