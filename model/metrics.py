"""Metrics that the service has of its own."""

from typing import Annotated

from pydantic import Field

from model import placeholder
from model.setting import Setting


class Metrics(Setting):
    """Where a copy answers with metrics in Prometheus' text format; a region's `monitor` asks there."""

    path: Annotated[str, Field(pattern=r"^/[!#-~]*$")] = "/metrics"
    """As the service has it. Users reach it, too, unless `edge.closed` says otherwise or it has a port of its own."""
    port: Annotated[str, Field(pattern=rf"^{placeholder.PORT_NAME}$")] | None = None
    """The name of one of `service.ports`; left out: it answers where users ask."""
