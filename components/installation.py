"""A release on one host: copied, applied, confirmed. An SSH connection each, and none when nothing changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_command as command

from components.bundle import Bundle
from components.hosts import Host
from model import remote_script


@dataclass(frozen=True, kw_only=True)
class InstallationArgs:
    """`owner` names the stack and what of it this is; `secrets` are the service's, by environment name.

    `after` must be done before anything changes on the host; the copy does not wait for it, since it changes nothing.
    With `confirm_within` (seconds) the host goes back by itself unless `confirm` follows.
    """

    host: Host
    bundle: Bundle
    owner: str
    after: Sequence[pulumi.Resource] = ()
    confirm_within: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    install_packages: bool = False


class Installation(pulumi.ComponentResource):
    """Puts a release on a host, or leaves what was there in place and fails."""

    apply: command.remote.Command
    """Done when the release serves. Wait for this, and not for the installation, which ends later."""
    report: pulumi.Output[str]
    """The last JSON line of the activator: release, version, sha256 of the running binary, slot, pid."""

    def __init__(self, name: str, args: InstallationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Installation", name, {}, opts)
        host, bundle = args.host, args.bundle
        child = pulumi.ResourceOptions(
            parent=self, deleted_with=host.resource, depends_on=[host.ready] if host.ready else None
        )

        # In the path of the bundle and in the text of each command: another machine is an update of all three, which copies and
        # applies there. As a trigger it would be a replacement, which ends by dialling the machine that is gone.
        machine = pulumi.Output.from_input(host.identity).apply(_digest)
        copy = command.remote.CopyToRemote(
            f"{name}-bundle",
            connection=host.connection,
            source=pulumi.FileAsset(str(bundle.path)),
            remote_path=machine.apply(lambda machine: remote_script.upload_path(bundle.file_name, machine)),
            opts=child,
        )

        self._owner = pulumi.Output.concat(args.owner, "/", machine)
        self._secrets = pulumi.Output.secret(pulumi.Output.json_dumps(dict(sorted(args.secrets.items()))))
        self._host, self._release = host, bundle.release
        self.apply = command.remote.Command(
            name,
            connection=host.connection,
            create=self._owner.apply(
                lambda owner: remote_script.apply(
                    bundle.release,
                    remote_script.upload_path(bundle.file_name, owner.rpartition("/")[2]),
                    bundle.sha256,
                    owner,
                    args.install_packages,
                    args.confirm_within,
                )
            ),
            delete=self._owner.apply(lambda owner: remote_script.remove(bundle.release.name, owner)),
            stdin=self._secrets,
            add_previous_output_in_env=False,
            logging=command.remote.Logging.STDERR,
            opts=pulumi.ResourceOptions(
                parent=self, deleted_with=host.resource, depends_on=[copy, *args.after]
            ),
        )

        self.report = self.apply.stdout
        self.register_outputs({"report": self.report})

    def confirm(self, after: Sequence["Installation"]) -> None:
        """Lets the release stay once all of `after` serve theirs. A host that went back meanwhile turns it on again."""
        host = self._host
        confirmed = command.remote.Command(
            f"{self.pulumi_resource_name}-confirm",
            connection=host.connection,
            # Names the report, so that it runs whenever apply did: that may have gone back to the release confirmed last.
            create=pulumi.Output.all(self._owner, self.apply.stdout).apply(
                lambda told: f"{remote_script.confirm(self._release, told[0])}  # {_digest(told[1])}"
            ),
            stdin=self._secrets,
            add_previous_output_in_env=False,
            logging=command.remote.Logging.STDERR,
            opts=pulumi.ResourceOptions(
                parent=self, deleted_with=host.resource, depends_on=[each.apply for each in after]
            ),
        )
        self.report = confirmed.stdout


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
