"""docs/pulumi-package.json: the schema that languages of Pulumi are given, as the SDK makes it from the component's types."""

import json

from pulumi.provider.experimental.component import ComponentProvider

from reuse import VERSION
from reuse.hosted_service import HostedService


def text() -> str:
    """Indented, keys in the types' order."""
    provider = ComponentProvider([HostedService], "slipway", None, VERSION)
    return json.dumps(json.loads(provider.schema or "{}"), indent=2) + "\n"


if __name__ == "__main__":
    print(text(), end="")
