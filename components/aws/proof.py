"""The record by which ACM knows that a name of a certificate is ours."""

import pulumi
import pulumi_aws as aws


def proof(
    name: str,
    certificate: aws.acm.Certificate,
    domain: str,
    zone_id: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.route53.Record:
    """In the zone that `domain` lies in."""
    # A set at AWS: the first need not be the first.
    asked = certificate.domain_validation_options.apply(
        lambda options: next(each for each in options if each.domain_name == domain)
    )
    return aws.route53.Record(
        f"{name}-proof",
        zone_id=zone_id,
        name=asked.resource_record_name,
        type=asked.resource_record_type,
        records=[asked.resource_record_value],
        ttl=300,
        opts=pulumi.ResourceOptions(parent=parent),
    )
