"""`python -m quotas`: looks whether accounts have room for what is to be made in them.

stdin: JSON, for each region `owner` (tags of what is the stack's own) and `needs` (model/aws/quotas.py). stdout: JSON, for each
region `short`, a list of what there is no room for (quotas/shortage.py), or `unasked`, why nobody knows. The exit code is 0.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from quotas.account import Account
from quotas.shortage import shortages

IMPATIENT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})
"""A network without a way to these interfaces must not hold up a preview."""


def look(region: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of one region, with the credentials of the environment."""
    account = Account(partial(boto3.client, region_name=region, config=IMPATIENT), wanted["owner"])
    try:
        return {"short": [each.told for each in shortages(account, wanted["needs"])]}
    except (BotoCoreError, ClientError) as error:
        return {"unasked": str(error)}


def main() -> int:
    """Reads, asks and prints."""
    print(json.dumps({region: look(region, wanted) for region, wanted in json.load(sys.stdin).items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
