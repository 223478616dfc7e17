"""What would keep a region's monitor from watching: found before anything is changed."""

from collections.abc import Mapping

from model.machines.region import Region
from model.service import Service

LONGEST = 31 - len("-monitor")
"""Of a service's name: what is installed on a machine has at most 31 characters."""


def refusals(regions: Mapping[str, Region], service: Service, secrets: Mapping[str, str]) -> list[str]:
    """One sentence for each."""
    lines: list[str] = []
    for region, monitor in ((name, each.monitor) for name, each in regions.items() if each.monitor):
        key = f"slipway:regions.{region}.monitor"
        if service.kind == "worker":
            lines.append(
                f"{key} asks hosts through the proxy before the service, and slipway:service is a worker, which has none: "
                "take the monitor out, and let one of your own ask node exporter (docs/monitoring.md)."
            )
        if len(service.name) > LONGEST:
            lines.append(
                f"{key} is installed as {service.name}-monitor, and names on a machine have at most 31 characters: give "
                f"slipway:service.name at most {LONGEST}."
            )
        lines += [
            f"{key}.alerts names {name}, which is not in slipway:secrets: `pulumi config set --secret --path "
            f"'slipway:secrets.{name}'`."
            for name in monitor.alerts.secrets
            if name not in secrets
        ]
        lines += [
            f"{key}.alerts names {name}, which slipway:service.secretFiles gives to the service: a secret is for one of both."
            for name in monitor.alerts.secrets
            if name in service.secret_files
        ]
        taken = {service.port: "service.port", **dict.fromkeys(service.slots, "service.slots")}
        if (whose := taken.get(monitor.metrics)) is not None:
            lines.append(
                f"{key}.metrics is {monitor.metrics}, which is {whose} as well: choose another port."
            )
    return lines
