"""One change of each setting of a region on AWS, and the regions before them. What it does is found out in changes.py."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

STACK, REGION = "dev", "eu-central-1"
KEY, OTHER_KEY = "one.key", "other.key"
"""Of the operator, in the copy of the project."""
SMALL, OTHER = {"type": "t4g.small", "count": 2}, {"type": "m7g.medium", "count": 1}
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHB1dC15b3VyLW93bi1wdWJsaWMta2V5LWluLWhlcmUh"
DATABASE = {"to": "10.8.0.0/16", "ports": [5432], "why": "Database"}
READ = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::shop/*"]}
ZONE = "Z0A379A6F6EEAFB9A55E"
"""The one that a pretended AWS has for example.com."""
CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
IMAGE = "ami-06460d5c54350314b"
"""One that a pretended AWS has beside Debian's newest."""
MORNING = {"at": "0 7 * * MON-FRI", "min": 3}
NAMED = {"domain": "api.example.com", "zone": "example.com"}
FIRST: dict[str, Any] = {
    "instances": [SMALL, OTHER],
    "network": {"range": "10.30.0.0/16"},
    "access": {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}},
    "login": {"privateKeyFile": KEY},
    "loadBalancer": NAMED,
}
"""The region before most changes, in a protected stack."""
PLAIN = {name: FIRST[name] for name in FIRST if name != "loadBalancer"} | {
    "network": {"range": "10.30.0.0/16", "zones": 3}
}
"""Without a domain, in three zones, and so in a stack that is not protected."""
SCALED = FIRST | {"instances": [{"type": "t4g.small", "autoscaling": {"min": 2, "max": 4}}]}


@dataclass(frozen=True, kw_only=True)
class Change:
    """`path` in the region or, with a colon, in the stack file; `words` say what becomes of it.

    `by` is the target of make that it needs, where that is not `up`; `first` the region before.
    """

    path: str
    words: str
    value: Any
    by: str = ""
    first: dict[str, Any] = field(default_factory=lambda: FIRST)

    def made(self, content: dict[str, Any]) -> dict[str, Any]:
        """The stack file with it."""
        content = copy.deepcopy(content)
        config = content["config"]
        place = config if ":" in self.path else config["slipway:regions"][REGION]
        *way, last = self.path.split(".")
        for each in way:
            place = place.setdefault(each, {})
            place = place[0] if isinstance(place, list) else place
        place[last] = self.value
        return content


CHANGES = (
    Change(path="instances", words="another order of types", value=[OTHER, SMALL]),
    Change(
        path="instances",
        words="`autoscaling` in place of `count`",
        value=[{"type": "t4g.small", "autoscaling": {"min": 2, "max": 4}}, OTHER],
    ),
    Change(path="instances.count", words="one more", value=3),
    Change(path="instances.count", words="one less", value=1),
    Change(path="instances.type", words="another type", value="t4g.medium"),
    Change(path="instances.type", words="one of another architecture", value="t3.small"),
    Change(path="instances.volume", words="larger", value=40),
    Change(path="instances.credits", words="`standard`", value="standard"),
    Change(path="instances.image", words="one by its id", value=IMAGE),
    Change(path="instances.type", words="another type, of a group", value="t4g.medium", first=SCALED),
    Change(path="instances.autoscaling.min", words="more", value=3, first=SCALED),
    Change(path="instances.autoscaling.max", words="more", value=6, first=SCALED),
    Change(path="instances.autoscaling.targetCpu", words="less", value=50, first=SCALED),
    Change(path="instances.autoscaling.types", words="one more", value=["t4g.medium"], first=SCALED),
    Change(path="instances.autoscaling.spot", words="half of them", value={"percent": 50}, first=SCALED),
    Change(path="instances.autoscaling.warm", words="1", value=1, first=SCALED),
    Change(path="instances.autoscaling.schedules", words="one more", value=[MORNING], first=SCALED),
    Change(
        path="instances.autoscaling.maintenance", words="all at once", value={"maxHealthy": 200}, first=SCALED
    ),
    Change(path="network.range", words="another range", value="10.40.0.0/16"),
    Change(path="network.vpc", words="a network that is there", value="vpc-0123456789abcdef0"),
    Change(path="network.zones", words="one more zone", value=3),
    Change(path="network.zones", words="two of three", value=2, first=PLAIN),
    Change(path="network.gateways", words="`perZone`", value="perZone"),
    Change(path="network.flowLogDays", words="longer", value=60),
    Change(
        path="access",
        words="other `operatorCidrs`",
        value={"bastion": {"operatorCidrs": ["198.51.100.0/24"]}},
    ),
    Change(
        path="access",
        words="another type of bastion",
        value={"bastion": {"type": "t4g.micro", "operatorCidrs": ["203.0.113.0/24"]}},
    ),
    Change(
        path="access",
        words="a bastion of another architecture",
        value={"bastion": {"type": "t3.nano", "operatorCidrs": ["203.0.113.0/24"]}},
    ),
    Change(
        path="access",
        words="`direct` in place of a bastion",
        value={"direct": {"operatorCidrs": ["10.8.0.0/16"]}},
    ),
    Change(path="access", words="`tunnel` in place of a bastion", value={"tunnel": {}}),
    Change(path="egress", words="one more place", value=[DATABASE]),
    Change(path="login.privateKeyFile", words="another key", value=OTHER_KEY, by="roll-images"),
    Change(path="login.publicKeys", words="others", value=[PUBLIC_KEY]),
    Change(path="login.user", words="another user", value="operator", by="roll-images"),
    Change(path="loadBalancer", words="a domain, of a region without one", value=NAMED, first=PLAIN),
    Change(path="loadBalancer.domain", words="another name", value="web.example.com"),
    Change(path="loadBalancer.domain", words="none any more", value=None),
    Change(path="loadBalancer.names", words="one more name", value=["www.example.com"]),
    Change(path="loadBalancer.zoneId", words="the same zone by its id", value=ZONE),
    Change(path="loadBalancer.certificate", words="one that is there", value=CERTIFICATE),
    Change(path="loadBalancer.internal", words="`true`", value=True),
    Change(path="loadBalancer.accept", words="some ranges alone", value=["198.51.100.0/24"]),
    Change(path="loadBalancer.stickiness", words="600 s", value=600),
    Change(path="loadBalancer.logDays", words="longer", value=60),
    Change(path="loadBalancer.alarmEmail", words="somebody", value="ops@example.com"),
    Change(path="loadBalancer.alarmLatency", words="longer", value=2),
    Change(path="loadBalancer.waf", words="`count`", value="count"),
    Change(path="loadBalancer.wafExcept", words="one more rule", value=["NoUserAgent_HEADER"]),
    Change(path="loadBalancer.wafLogDays", words="30", value=30),
    Change(path="loadBalancer.slowStart", words="30 s", value=30),
    Change(path="removable", words="`true`", value=True),
    Change(path="slipway:service.port", words="another port", value=8181),
    Change(path="slipway:service.permissions", words="one more statement", value={"statements": [READ]}),
    Change(path="slipway:service.health.path", words="another path", value="/"),
    Change(path="slipway:release.drain", words="longer", value=60),
    Change(path="slipway:tags.owner", words="somebody else", value="elsewhere"),
    Change(path="slipway:protected", words="`false`", value=False),
    Change(
        path="slipway:regions", words="the region is taken out, another one made", value={"us-east-1": FIRST}
    ),
)
