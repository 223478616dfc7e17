"""Prometheus probes of wherever a Slipway stack serves: a file that follows the stack's outputs."""

import shlex
from typing import Any

import pulumi
import pulumi_command as command
import slipway


def targets(told: slipway.Slipway) -> list[dict[str, Any]]:
    """Each region's endpoint, as Prometheus's file_sd_configs have it."""
    return [
        {
            "targets": [region.endpoint],
            "labels": {"service": told.service, "version": told.version, "region": name},
        }
        for name, region in sorted(told.regions.items())
    ]


config = pulumi.Config()
told = slipway.read(config.require("stack"))
file = shlex.quote(config.require("targets"))
probes = told.apply(targets)

command.local.Command(
    "targets",
    # Prometheus must never read half a file.
    create=f"cat > {file}.new && mv {file}.new {file}",
    delete=f"rm -f {file}",
    stdin=pulumi.Output.json_dumps(probes, indent=2),
    add_previous_output_in_env=False,
    logging=command.local.Logging.NONE,
)

pulumi.export("probed", probes.apply(lambda probes: [url for probe in probes for url in probe["targets"]]))
