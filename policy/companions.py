"""Rules about what must stand beside a resource. Resources are told apart by URN, since in a preview none has an id yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy.rule import Violation

VPC = "aws:ec2/vpc:Vpc"
BUCKET = "aws:s3/bucket:Bucket"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource and, by property, the URNs of those from which the property comes."""

    urn: str
    type: str
    references: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Each resource of type `of` needs one of type `needs` whose property `by` comes from it."""

    name: str
    what: str
    of: str
    needs: str
    by: str
    ids: tuple[str, ...]
    protected: bool = False


COMPANIONS = (
    Companion(
        name="networks-are-watched",
        what="Every network has flow logs.",
        of=VPC,
        needs="aws:ec2/flowLog:FlowLog",
        by="vpcId",
        ids=("EC2.6", "CKV2_AWS_11"),
    ),
    Companion(
        name="default-groups-are-taken-over",
        what="Every network's default security group is in the program's hands.",
        of=VPC,
        needs="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        by="vpcId",
        ids=("EC2.2", "CKV2_AWS_12"),
    ),
    Companion(
        name="buckets-block-public-access",
        what="Every bucket has a block of public access.",
        of=BUCKET,
        needs="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        by="bucket",
        ids=("S3.8", "CKV2_AWS_6"),
    ),
    Companion(
        name="buckets-state-their-encryption",
        what="Every bucket says how it is encrypted.",
        of=BUCKET,
        needs="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        by="bucket",
        ids=("CKV_AWS_19",),
    ),
    Companion(
        name="buckets-have-a-policy",
        what="Every bucket has a policy, in which it refuses requests without TLS.",
        of=BUCKET,
        needs="aws:s3/bucketPolicy:BucketPolicy",
        by="bucket",
        ids=("S3.5",),
    ),
    Companion(
        name="buckets-forget",
        what="Every bucket says when what is in it goes.",
        of=BUCKET,
        needs="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        by="bucket",
        ids=("S3.13", "CKV2_AWS_61"),
    ),
    Companion(
        name="registries-forget",
        what="Every registry says when an image goes.",
        of="aws:ecr/repository:Repository",
        needs="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        by="repository",
        ids=("ECR.3",),
    ),
    Companion(
        name="load-balancers-have-a-web-firewall",
        what="Every load balancer has a web application firewall before it.",
        of="aws:lb/loadBalancer:LoadBalancer",
        needs="aws:wafv2/webAclAssociation:WebAclAssociation",
        by="resourceArn",
        ids=("ELB.16", "CKV2_AWS_28"),
        protected=True,
    ),
)


def missing(companion: Companion, declared: Iterable[Declared]) -> dict[str, Violation]:
    """What is wrong in a whole stack, by the URN of the resource that stands alone."""
    declared = tuple(declared)
    accompanied = {
        urn
        for each in declared
        if each.type == companion.needs
        for urn in each.references.get(companion.by, ())
    }
    return {
        each.urn: Violation(
            rule=companion.name,
            what=companion.what,
            reason=f"There is no {companion.needs.rpartition(':')[2]} whose {companion.by} comes from it.",
        )
        for each in declared
        if each.type == companion.of and each.urn not in accompanied
    }
