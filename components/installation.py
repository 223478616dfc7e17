"""A release on one host: copied, applied, confirmed; no connection when nothing changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_command as command

from components.bundle import Bundle
from components.hosts import Host
from model import remote_script
from model.answer import answer


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A release from the host's own disk: of `ids` the one that it has or, for None, the one that was live before.

    `waits` are the seconds that it may take to become healthy, be watched and drain the one before it.
    """

    service: str
    ids: tuple[str, ...] | None
    waits: int


@dataclass(frozen=True, kw_only=True)
class InstallationArgs:
    """`owner` names the stack and what of it this is; `secrets` are the service's, by environment name.

    `after` must be done before anything changes on the host; the copy does not wait for it, since it changes nothing, but for
    `copy_after`.
    With `confirm_within` (seconds) the host goes back by itself unless `confirm` follows. With `check_first` the host is asked
    whether it would take the release, and nothing changes on it before `turn_on`. `guarded`: it has a firewall, which goes back
    by itself unless a new connection comes.
    """

    host: Host
    release: Bundle | Kept
    owner: str
    after: Sequence[pulumi.Resource] = ()
    confirm_within: int | None = None
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict, repr=False)
    install_packages: bool = False
    check_first: bool = False
    guarded: bool = False
    copy_after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Where a host gets its release from: what turns it on, what that waits for, and what it is called."""

    create: pulumi.Output[str]
    check: pulumi.Output[str] | None
    after: Sequence[pulumi.Resource]
    ids: pulumi.Input[str]
    service: str
    waits: int


class Installation(pulumi.ComponentResource):
    """Puts a release on a host, or leaves what was there in place and fails."""

    apply: command.remote.Command
    """Done when the release serves. Wait for this, and not for the installation, which ends later."""
    checked: command.remote.Command | None = None
    """Done when the host would take the release, if that was to be asked."""
    bundle: Bundle | None
    """What it was sent, if it was."""
    last: command.remote.Command
    """What is done on the host at last."""
    report: pulumi.Output[str]
    """The last JSON line of the activator: release, version, sha256 of the running binary, slot, pid."""

    def __init__(self, name: str, args: InstallationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Installation", name, {}, opts)
        host = args.host
        # In the path of the bundle and in the text of each command: another machine is an update of all three, which copies and
        # applies there. As a trigger it would be a replacement, which ends by dialling the machine that is gone.
        self._machine = pulumi.Output.from_input(host.identity).apply(_digest)
        self._owner = pulumi.Output.concat(args.owner, "/", self._machine)
        self._secrets = pulumi.Output.secret(pulumi.Output.json_dumps(dict(sorted(args.secrets.items()))))
        self._host, self._guarded = host, args.guarded
        self.bundle = args.release if isinstance(args.release, Bundle) else None
        self._source = (
            self._uploaded(name, args.release, args)
            if isinstance(args.release, Bundle)
            else self._kept(name, args.release, args)
        )
        self._name = name
        if args.check_first and self._source.check:
            self.checked = self._command(f"{name}-check", self._source.check, self._source.after, stdin="{}")
        else:
            self.turn_on(args.after)

    def turn_on(self, after: Sequence[pulumi.Resource]) -> None:
        """Has the host turn on the release; called once, and by whoever asked for a check before."""
        service = self._source.service
        checked = [self.checked] if self.checked else []
        self.apply = self._command(
            self._name,
            self._source.create,
            [*self._source.after, *checked, *after],
            delete=self._owner.apply(lambda owner: remote_script.remove(service, owner)),
            stdin=self._secrets,
        )
        self.report, self.last = self.apply.stdout, self.apply
        self.register_outputs({"report": self.report})

    def _uploaded(self, name: str, bundle: Bundle, args: InstallationArgs) -> _Source:
        """A bundle of this machine, copied to the host."""
        path = self._machine.apply(lambda machine: remote_script.upload_path(bundle.file_name, machine))
        copy = command.remote.CopyToRemote(
            f"{name}-bundle",
            connection=self._host.connection,
            source=pulumi.FileAsset(str(bundle.path)),
            remote_path=path,
            opts=pulumi.ResourceOptions(
                parent=self,
                deleted_with=self._host.resource,
                depends_on=[*([self._host.ready] if self._host.ready else []), *args.copy_after],
            ),
        )
        create = pulumi.Output.all(path, self._owner).apply(
            lambda told: remote_script.apply(
                bundle.release, told[0], bundle.sha256, told[1], args.install_packages, args.confirm_within
            )
        )
        check = pulumi.Output.all(path, self._owner).apply(
            lambda told: remote_script.check(
                bundle.release, told[0], bundle.sha256, told[1], args.install_packages
            )
        )
        return _Source(
            create=create,
            check=check,
            after=[copy],
            ids=bundle.release.id,
            service=bundle.release.name,
            waits=remote_script.own_waits(bundle.release),
        )

    def _kept(self, name: str, kept: Kept, args: InstallationArgs) -> _Source:
        """Nothing is copied. Which release was live before is asked once and kept in the state: a rerun goes back no further."""
        after: list[pulumi.Resource] = [self._host.ready] if self._host.ready else []
        ids: pulumi.Input[str] = ",".join(kept.ids or ())
        if kept.ids is None:
            asked = self._command(
                f"{name}-previous",
                self._machine.apply(lambda machine: remote_script.previous(kept.service, machine)),
                after,
            )
            ids, after = asked.stdout.apply(lambda said: answer(said)["release"]), [asked]
        create = pulumi.Output.all(ids, self._owner).apply(
            lambda told: remote_script.apply_kept(
                kept.service, told[0], kept.waits, told[1], args.confirm_within
            )
        )
        return _Source(
            create=create, check=None, after=after, ids=ids, service=kept.service, waits=kept.waits
        )

    def confirm(
        self,
        lacking: pulumi.Output[list[str]] | None = None,
        gate: Sequence[pulumi.Resource] = (),
    ) -> None:
        """Lets the release stay once all serve theirs, none `lacking`, and `gate` is done.

        A host that went back meanwhile turns it on again. Alone, without `lacking`, it waits for itself.
        """
        source, name = self._source, self._host.name

        def create(told: list[Any]) -> str:
            ids, owner, report, left = told
            if others := [each for each in left if each != name]:
                return remote_script.unconfirmed(name, others)
            # Names the report, so that it runs whenever apply did: that may have gone back to the release confirmed last.
            return remote_script.confirm(
                source.service, ids, source.waits, owner, _digest(report), self._guarded
            )

        left = lacking or pulumi.Output.from_input([])
        confirmed = self._command(
            f"{self.pulumi_resource_name}-confirm",
            pulumi.Output.all(source.ids, self._owner, self.apply.stdout, left).apply(create),
            [self.apply, *gate],
            stdin=self._secrets,
        )
        self.report, self.last = confirmed.stdout, confirmed

    def _command(
        self,
        name: str,
        create: pulumi.Output[str],
        after: Sequence[pulumi.Resource],
        **more: Any,
    ) -> command.remote.Command:
        """Runs on the host; what it says on stderr is progress, and its stdout the result."""
        return command.remote.Command(
            name,
            connection=self._host.connection,
            create=create,
            add_previous_output_in_env=False,
            logging=command.remote.Logging.STDERR,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=self._host.resource, depends_on=after),
            **more,
        )

    def _without(self) -> pulumi.Output[str]:
        """The host's name, if what it reported last is another release: `--target` left it out. Else empty."""

        def lacks(told: list[Any]) -> str:
            ids, report = told
            return "" if answer(report)["release"] in ids.split(",") else self._host.name

        return pulumi.Output.all(self._source.ids, self.apply.stdout).apply(lacks)


def lacking(installations: Sequence[Installation]) -> pulumi.Output[list[str]]:
    """The hosts without their release, known when all are done. One question for all hosts, and one that names no resource:
    were each confirmation to name each host, a stack's state would grow with the square of its hosts, and every step saves it.
    """
    # In a preview the reports are not known, and with them no command would be either.
    if pulumi.runtime.is_dry_run():
        return pulumi.Output.from_input([])
    told = pulumi.Output.all(*[each._without() for each in installations])

    async def names() -> list[str]:
        found = await told.future()
        # Not known of a host that was never made, since `--target` left it out.
        return ["another host"] if found is None else [name for name in found if name]

    return pulumi.Output.from_input(names())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
