"""The plugin `pulumi-resource-slipway`, which Pulumi's engine starts for programs in other languages."""

from pulumi.provider.experimental import component_provider_host

from reuse import VERSION
from reuse.hosted_service import HostedService


def main() -> None:
    """Serves the component until the engine ends this process; its schema comes from the types."""
    component_provider_host(components=[HostedService], name="slipway", version=VERSION)


if __name__ == "__main__":
    main()
