"""Command line: a stack's estimate in, exit code out."""

import argparse
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from cost import stack
from cost.estimate import NOT_COUNTED, Estimate, Fleet, cluster, estimate
from cost.prices import READ
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.resolve()
EPILOG = """exit codes: 0 estimated, as far as prices are known (it names what has none); 1 refused; 2 wrong usage.
prices and their sources: cost/prices.py"""


def main(arguments: list[str] | None = None) -> int:
    """Prints each region's estimate; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m cost",
        description="Estimate what a stack costs on AWS a month.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    options = parser.parse_args(arguments)
    try:
        read = stack.read(PROJECT, options.stack)
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    estimates = [estimate(name, region, protected=read.protected) for name, region in read.regions.items()]
    estimates += [cluster(name, region, protected=read.protected) for name, region in read.clusters.items()]
    print("\n".join(report(options.stack, estimates)))
    return 0


def report(name: str, estimates: list[Estimate]) -> Iterator[str]:
    """The lines that people read."""
    if not estimates:
        yield f"The stack {name} has no region with instances or eks; machines that you have cost nothing on AWS."
        return
    yield f"{name}: US dollars a month at list prices read on {READ}, on demand, 730 hours"
    for each in estimates:
        yield f"\n{each.region}"
        for line in each.lines:
            yield f"  {line.what:<40}{_money(line.monthly) if line.monthly is not None else 'no price':>10}"
        yield f"  {'together, at least' if each.missing else 'together':<40}{_money(each.total):>10}"
        if each.missing:
            yield f"  without {', '.join(each.missing)}: no source was found for the price in {each.region}."
        for fleet in each.fleets:
            yield f"  {_compared(fleet, each.now)}"
    if len(estimates) > 1:
        together = sum((each.total for each in estimates), Decimal(0))
        words = "all regions, at least" if any(each.missing for each in estimates) else "all regions"
        yield f"\n{words:<42}{_money(together):>10}"
    yield f"\nNot counted: {NOT_COUNTED}."


def _compared(fleet: Fleet, now: Fleet) -> str:
    kinds = ", ".join(fleet.types)
    if fleet.types == now.types:
        return f"instances as {kinds}: as it is"
    if missing := (*now.missing, *fleet.missing):
        return f"instances as {kinds}: unknown, no price was found for {', '.join(dict.fromkeys(missing))}"
    difference = fleet.monthly - now.monthly
    return f"instances as {kinds}: {difference:+,.2f} ({difference / now.monthly:+.0%})"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


if __name__ == "__main__":
    sys.exit(main())
