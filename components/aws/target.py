"""One instance behind a load balancer: when it gets requests, and when it may go."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_command as command


@dataclass(frozen=True, kw_only=True)
class TargetArgs:
    """Requests go to `port` of the instance once all of `after` are done.

    `until_healthy` and `drain` are seconds: until the load balancer trusts a new target, and for what is in flight at the end.
    """

    group: aws.lb.TargetGroup
    instance_id: pulumi.Input[str]
    port: int
    until_healthy: int
    drain: int
    after: Sequence[pulumi.Resource]


class Target(pulumi.ComponentResource):
    """Two waits around an attachment, neither of which the provider has.

    Attaching ends before the target is trusted, so another instance could be taken away too early; detaching ends before requests
    in flight do, so this instance could. Both waits are on this machine, and only where an instance comes or goes.
    """

    attachment: aws.lb.TargetGroupAttachment
    serving: pulumi.Resource
    """Done when the load balancer sends it requests, if it is well."""

    def __init__(self, name: str, args: TargetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Target", name, {}, opts)
        # What is deleted goes in the reverse order: the attachment, this wait, the instance.
        drained = _wait(
            f"{name}-drain", args.instance_id, pulumi.ResourceOptions(parent=self), delete=args.drain
        )
        self.attachment = aws.lb.TargetGroupAttachment(
            name,
            target_group_arn=args.group.arn,
            target_id=args.instance_id,
            port=args.port,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[drained, *args.after]),
        )
        self.serving = _wait(
            f"{name}-serving",
            args.instance_id,
            pulumi.ResourceOptions(parent=self, depends_on=[self.attachment]),
            create=args.until_healthy,
        )
        self.register_outputs({})


def _wait(
    name: str,
    instance: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    create: int = 0,
    delete: int = 0,
) -> command.local.Command:
    return command.local.Command(
        name,
        create=f"sleep {create}",
        delete=f"sleep {delete}",
        triggers=[instance],
        add_previous_output_in_env=False,
        logging=command.local.Logging.NONE,
        opts=opts,
    )
