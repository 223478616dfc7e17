"""`python -m groups WANTED`: brings one auto-scaling group to a version of its template, and waits for it.

WANTED is JSON (groups/wanted.py). Progress is told on stderr; stdout gets one line of JSON about what runs when all runs it. What
fails is taken back, and the exit code is 1. Begun again, it goes on with what goes on.
"""

import json
import sys

import boto3

from groups.rollout import Rollout
from groups.service import Refused, Service
from groups.wanted import Wanted


def main(arguments: list[str]) -> int:
    """Does it with the credentials of the environment, and returns the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    wanted = Wanted.read(arguments[0])
    scaling, balancers = (boto3.client(each, region_name=wanted.region) for each in ("autoscaling", "elbv2"))
    try:
        Rollout(
            Service(scaling, balancers, wanted), wanted, lambda line: print(line, file=sys.stderr, flush=True)
        ).bring()
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    print(json.dumps(dict(wanted.told)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
