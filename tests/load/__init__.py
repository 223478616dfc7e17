"""An open-loop HTTP/1.1 load client: requests leave by the clock, never by the last answer, and none is ever sent twice.

For loopback and private addresses alone. Not a benchmark of how much a server can take.
"""

from tests.load.background import running
from tests.load.client import run
from tests.load.plan import Plan
from tests.load.result import Cause, Result

__all__ = ["Cause", "Plan", "Result", "run", "running"]
