"""Who connected to whom in a network, kept in CloudWatch Logs for a while."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """`days` is how long records are kept."""

    vpc: aws.ec2.Vpc
    days: int


class FlowLog(pulumi.ComponentResource):
    """Accepted and refused connections of a whole VPC. The group has CloudWatch's default encryption."""

    def __init__(self, name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:FlowLog", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).account_id

        group = aws.cloudwatch.LogGroup(
            f"{name}-flow", retention_in_days=args.days, tags={"Name": f"{name}-flow"}, opts=child
        )
        role = aws.iam.Role(
            f"{name}-flow",
            description="Lets VPC flow logs write to their one log group",
            assume_role_policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                        }
                    ],
                }
            ),
            tags={"Name": f"{name}-flow"},
            opts=child,
        )
        permission = aws.iam.RolePolicy(
            f"{name}-flow",
            role=role.id,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": [
                                "logs:CreateLogStream",
                                "logs:DescribeLogGroups",
                                "logs:DescribeLogStreams",
                                "logs:PutLogEvents",
                            ],
                            "Resource": [group.arn, pulumi.Output.concat(group.arn, ":*")],
                        }
                    ],
                }
            ),
            opts=child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.register_outputs({"logGroup": group.name})
