"""`python -m targets`: waits until a load balancer of AWS says what is asked for.

python -m targets healthy|drained GROUP INSTANCE:PORT --within SECONDS
python -m targets scaled GROUP NAME COUNT --within SECONDS
"""

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError

from targets.waits import Refused, Target, drained, healthy, scaled


def main(arguments: list[str] | None = None) -> int:
    """Runs one wait, with the credentials of the environment, and returns the exit code."""
    options = _parser().parse_args(arguments)
    region = options.group.split(":")[3]
    try:
        balancers = boto3.client("elbv2", region_name=region)
        if options.state == "scaled":
            clients = (boto3.client("autoscaling", region_name=region), balancers)
            scaled(clients, options.name, options.group, options.count, options.within)
        else:
            target = Target.of(options.group, options.target)
            (healthy if options.state == "healthy" else drained)(balancers, target, options.within)
    except (Refused, BotoCoreError) as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m targets", description=(__doc__ or "").split("\n")[0])
    states = parser.add_subparsers(dest="state", required=True, metavar="STATE")
    for state, what in (
        ("healthy", "requests are sent to an instance"),
        ("drained", "none is in flight to it any more"),
        ("scaled", "requests are sent to so many instances of an auto-scaling group"),
    ):
        one = states.add_parser(state, help=what)
        one.add_argument("group", help="the target group's ARN")
        if state == "scaled":
            one.add_argument("name", help="of the auto-scaling group")
            one.add_argument("count", type=int)
        else:
            one.add_argument("target", help="such as i-0123456789abcdef0:8080")
        one.add_argument("--within", type=int, required=True, help="seconds")
    return parser


if __name__ == "__main__":
    sys.exit(main())
