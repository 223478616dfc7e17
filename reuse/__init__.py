"""What programs of others use: a service on machines that one has, as a Python package and as a Pulumi package (docs/reuse.md).

In the wheel this room is the package `slipway`, and the rooms that it stands on lie inside it.
"""

VERSION = "0.1.0"
