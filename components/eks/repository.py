"""Where nodes fetch the image: a private repository in ECR."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

KEPT = 50
"""Images with a tag, which is one for each release. What is listed under them, and their SBOMs, go with them."""


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """`called` is its name in the registry, `region` the provider's. Unless `protected`, it goes with its images."""

    called: str
    region: str
    protected: bool


class Repository(pulumi.ComponentResource):
    """Tags never move, and what is pushed is looked through for known vulnerabilities."""

    url: str
    """As references begin with; known before it is made, so that a preview names the image by its digest."""
    made: aws.ecr.Repository

    def __init__(self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Repository", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).account_id
        self.url = f"{account}.dkr.ecr.{args.region}.amazonaws.com/{args.called}"
        self.made = aws.ecr.Repository(
            name,
            name=args.called,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="AES256")
            ],
            force_delete=not args.protected,
            tags={"Name": args.called},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        forgets = {
            "rulePriority": 1,
            "description": f"Keeps the newest {KEPT}",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": KEPT,
            },
            "action": {"type": "expire"},
        }
        aws.ecr.LifecyclePolicy(
            name, repository=self.made.name, policy=json.dumps({"rules": [forgets]}), opts=child
        )
        self.register_outputs({"url": self.url})
