"""Whether the account has room for what is to be made, looked at before the first resource. Not for the look itself: quotas/."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_command as command

from model.aws.quotas import RIGHTS, Needs

ASK = ".venv/bin/python -m quotas"
"""From the project's folder, in which Pulumi starts its plugins."""


def check_quotas(needs: Mapping[str, Needs], owner: Mapping[str, str]) -> None:
    """Of each region. A preview warns of what does not fit; `up` raises RunError of what cannot be made at all.

    Where AWS does not say, one line does, and nothing is refused. What has the tags of `owner` is this stack's own.
    """
    asked = {name: {"owner": dict(owner), "needs": each.told} for name, each in needs.items()}
    found = command.local.run(
        command=ASK,
        stdin=json.dumps(asked),
        logging=command.local.Logging.NONE,
        add_previous_output_in_env=False,
    )
    refused: list[str] = []
    for name, told in json.loads(found.stdout).items():
        if "unasked" in told:
            pulumi.log.info(
                f"{name}: quotas were not looked at: {told['unasked']}. Looking takes {', '.join(RIGHTS)}."
            )
        for each in told.get("short", ()):
            never = each["allowed"] - each["others"] < each["least"]
            line = sentence(name, each, never=never)
            if never and not pulumi.runtime.is_dry_run():
                refused.append(line)
            else:
                pulumi.log.warn(line)
    if refused:
        raise pulumi.RunError(" ".join(refused))


def sentence(region: str, short: Mapping[str, Any], *, never: bool) -> str:
    """What is wrong, the numbers, and what to do."""
    needed = (
        f"{short['least']} {short['what']} are needed"
        if never
        else f"up to {short['most']} {short['what']} may be needed at once, when machines are replaced or the load is highest"
    )
    return (
        f"{region}: {needed}, but the account may have {short['allowed']} there, of which others use {short['others']} (quota "
        f"{short['code']}). Ask AWS for {short['others'] + short['most']}, which takes minutes to days: aws service-quotas "
        f"request-service-quota-increase --region {region} --service-code {short['service']} --quota-code {short['code']} "
        f"--desired-value {short['others'] + short['most']}"
    )
