"""`python -m targets`: waits until a load balancer of AWS says what is asked for.

python -m targets healthy|drained GROUP INSTANCE:PORT --within SECONDS
python -m targets quiet ALARM [ALARM …] --within SECONDS
"""

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError

from targets.alarms import quiet
from targets.waits import Refused, Target, drained, healthy


def main(arguments: list[str] | None = None) -> int:
    """Runs one wait, with the credentials of the environment, and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.state == "quiet":
            quiet(
                lambda region: boto3.client("cloudwatch", region_name=region), options.alarms, options.within
            )
            return 0
        region = options.group.split(":")[3]
        balancers = boto3.client("elbv2", region_name=region)
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
    ):
        one = states.add_parser(state, help=what)
        one.add_argument("group", help="the target group's ARN")
        one.add_argument("target", help="such as i-0123456789abcdef0:8080")
        one.add_argument("--within", type=int, required=True, help="seconds")
    one = states.add_parser("quiet", help="no alarm has rung for so long")
    one.add_argument("alarms", nargs="+", help="each alarm's ARN")
    one.add_argument("--within", type=int, required=True, help="seconds")
    return parser


if __name__ == "__main__":
    sys.exit(main())
