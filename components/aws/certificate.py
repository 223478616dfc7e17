"""A domain's certificate from ACM, proven by a record in Route 53. AWS renews it for as long as the record stands."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.proof import proof
from components.aws.shared_name import SharedName


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """`zone_id` is the hosted zone that `domain` and `names` lie in; `shared` is the front door's name: it is valid for all."""

    domain: str
    zone_id: str
    names: tuple[str, ...] = ()
    shared: SharedName | None = None


class Certificate(pulumi.ComponentResource):
    """One certificate for some names and, where there is a front door, the shared name."""

    arn: pulumi.Output[str]
    """Known once AWS has seen the proof and the certificate can be used."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Certificate", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args.domain,
            subject_alternative_names=[*args.names, *([args.shared.domain] if args.shared else [])] or None,
            validation_method="DNS",
            tags={"Name": name},
            opts=child,
        )
        proven = [
            proof(f"{name}-{each}" if number else name, certificate, each, args.zone_id, self)
            for number, each in enumerate([args.domain, *args.names])
        ]
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[
                *(each.fqdn for each in proven),
                *([args.shared.proof(certificate).fqdn] if args.shared else []),
            ],
            opts=child,
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})
