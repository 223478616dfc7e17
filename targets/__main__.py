"""`python -m targets healthy|drained GROUP INSTANCE:PORT --within SECONDS`: waits until the load balancer says so."""

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError

from targets.waits import Refused, Target, drained, healthy


def main(arguments: list[str] | None = None) -> int:
    """Runs one wait, with the credentials of the environment, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m targets", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("state", choices=("healthy", "drained"))
    parser.add_argument("group", help="the target group's ARN")
    parser.add_argument("target", help="such as i-0123456789abcdef0:8080")
    parser.add_argument("--within", type=int, required=True, help="seconds")
    options = parser.parse_args(arguments)
    target = Target.of(options.group, options.target)
    try:
        client = boto3.client("elbv2", region_name=target.region)
        (healthy if options.state == "healthy" else drained)(client, target, options.within)
    except (Refused, BotoCoreError) as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
