"""One instance behind a load balancer: when it gets requests, and when it may go."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from components.asking import ASK

MARGIN = 30
"""Seconds beyond what a well target needs: AWS says nothing of how long registering takes."""


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
    in flight do, so this instance could. Both ask the load balancer from this machine, and only where an instance comes or goes.
    A target that is not trusted in time ends the run. Who cannot ask at the end, waits for as long as the drain may take.
    """

    attachment: aws.lb.TargetGroupAttachment
    serving: pulumi.Resource
    """Done when the load balancer says that it sends it requests."""

    def __init__(self, name: str, args: TargetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Target", name, {}, opts)
        target = pulumi.Output.all(args.group.arn, args.instance_id).apply(
            lambda told: shlex.join([told[0], f"{told[1]}:{args.port}"])
        )
        drained = pulumi.Output.format(
            "{0} drained {1} --within {2} || sleep {3}", ASK, target, args.drain + MARGIN, args.drain
        )
        healthy = pulumi.Output.format(
            "{0} healthy {1} --within {2}", ASK, target, args.until_healthy + MARGIN
        )
        # What is deleted goes in the reverse order: the attachment, this wait, the instance.
        draining = _wait(
            f"{name}-drain", args.instance_id, pulumi.ResourceOptions(parent=self), delete=drained
        )
        self.attachment = aws.lb.TargetGroupAttachment(
            name,
            target_group_arn=args.group.arn,
            target_id=args.instance_id,
            port=args.port,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[draining, *args.after]),
        )
        self.serving = _wait(
            f"{name}-serving",
            args.instance_id,
            pulumi.ResourceOptions(parent=self, depends_on=[self.attachment]),
            create=healthy,
        )
        self.register_outputs({})


def _wait(
    name: str,
    instance: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    create: pulumi.Input[str] = "true",
    delete: pulumi.Input[str] | None = None,
) -> command.local.Command:
    return command.local.Command(
        name,
        create=create,
        delete=delete,
        triggers=[instance],
        add_previous_output_in_env=False,
        logging=command.local.Logging.STDERR,
        opts=opts,
    )
