"""The name that all regions are called by: its zone, and the one proof that certificates for it share."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.proof import proof

AUTHORITIES = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""Each of them names AWS in a CAA record (ACM User Guide, "Configure a CAA record"). ACM takes any one."""


@dataclass(frozen=True, kw_only=True)
class SharedNameArgs:
    """`zone` is looked up in Route 53 or, with `make_zone`, made there. `caa`: only AWS issues certificates for `domain`.

    What users are led by cannot be deleted where the stack is `protected`.
    """

    domain: str
    zone: str
    make_zone: bool
    caa: bool
    protected: bool = False


class SharedName(pulumi.ComponentResource):
    """Made before the regions, whose certificates are proven in its zone."""

    domain: str
    protected: bool
    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]
    """Those of a zone that is made, for the parent zone to delegate to; of another one none."""

    def __init__(self, name: str, args: SharedNameArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:SharedName", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self.domain, self.protected = name, args.domain, args.protected
        self._proof: aws.route53.Record | None = None
        if args.make_zone:
            zone = aws.route53.Zone(
                f"{name}-zone",
                name=args.zone,
                comment="",
                tags={"Name": args.zone},
                opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
            )
            self.zone_id, self.name_servers = zone.zone_id, zone.name_servers
        else:
            found = aws.route53.get_zone(
                name=args.zone, private_zone=False, opts=pulumi.InvokeOptions(parent=self)
            )
            self.zone_id = pulumi.Output.from_input(found.zone_id)
            self.name_servers = pulumi.Output.from_input(list[str]())
        if args.caa:
            aws.route53.Record(
                f"{name}-caa",
                zone_id=self.zone_id,
                name=args.domain,
                type="CAA",
                records=[f'0 issue "{authority}"' for authority in AUTHORITIES],
                ttl=300,
                opts=child,
            )
        self.register_outputs({"zone": self.zone_id})

    def proof(self, certificate: aws.acm.Certificate) -> aws.route53.Record:
        """The record that proves the name. ACM asks for the same one in every region of an account, so it is made once."""
        if self._proof is None:
            self._proof = proof(self._name, certificate, self.domain, self.zone_id, self)
        return self._proof
