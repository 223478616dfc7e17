"""A domain's certificate from ACM, proven by a record in Route 53. AWS renews it for as long as the record stands."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.proof import proof
from components.aws.shared_name import SharedName


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """`zone_id` is the hosted zone that `domain` lies in; `shared` is the front door's name, which it is valid for, too."""

    domain: str
    zone_id: str
    shared: SharedName | None = None


class Certificate(pulumi.ComponentResource):
    """One certificate for a domain and, where there is a front door, the shared name."""

    arn: pulumi.Output[str]
    """Known once AWS has seen the proof and the certificate can be used."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Certificate", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args.domain,
            subject_alternative_names=[args.shared.domain] if args.shared else None,
            validation_method="DNS",
            tags={"Name": name},
            opts=child,
        )
        proven = proof(name, certificate, args.domain, args.zone_id, self)
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[
                proven.fqdn,
                *([args.shared.proof(certificate).fqdn] if args.shared else []),
            ],
            opts=child,
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})
