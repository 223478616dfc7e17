"""A machine's SSH host key, made before the machine is, so that the first connection can be pinned to it."""

from dataclasses import dataclass

import pulumi
import pulumi_command as command

MAKE = """\
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT &&
ssh-keygen -q -t ed25519 -N '' -C '' -f "$folder/key" && cat "$folder/key" "$folder/key.pub\""""

PIN = """\
# {machine}
said=$(cat)
case "$said" in "ecdsa-sha2-"*" "?*) ;; *) echo "{machine} did not show its own host key, but: $said" >&2; exit 1 ;; esac
case "$PULUMI_COMMAND_STDOUT" in
"" | "{machine} $said") ;;
"{machine} "*)
  echo "{machine} shows another host key than it did at first: somebody else may answer in its place" >&2
  echo "where its owner has made it another one, replace it: make roll-images" >&2
  exit 1 ;;
esac
echo "{machine} $said\""""
"""Keeps what a machine showed first: what it printed in an earlier run is given to it by pulumi-command."""


@dataclass(frozen=True, kw_only=True)
class HostKey:
    """Both halves of one ed25519 key; `private` is a secret."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]


def host_key(name: str, parent: pulumi.Resource) -> HostKey:
    """The key of that name: made once on this machine and kept in the stack's state, where it is encrypted.

    The machine reads it from its user data, which EC2 shows to whoever may call DescribeInstanceAttribute, read-only roles among
    them, and to every process on the machine. So it is good for the first connection, over which a host shows its own.
    """
    made = command.local.Command(
        name,
        create=MAKE,
        add_previous_output_in_env=False,
        logging=command.local.Logging.NONE,
        # Another text of the same command must not make another key, which would replace the machine.
        opts=pulumi.ResourceOptions(
            parent=parent, ignore_changes=["create"], additional_secret_outputs=["stdout"]
        ),
    )
    return HostKey(
        private=pulumi.Output.secret(made.stdout.apply(lambda text: text.strip().rpartition("\n")[0] + "\n")),
        public=pulumi.Output.unsecret(made.stdout).apply(lambda text: text.strip().rpartition("\n")[2]),
    )


def own_key(
    name: str, machine: pulumi.Output[str], shown: pulumi.Output[str], parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The public half of the host key that `machine` (its id) made for itself, as it was `shown` over the first connection, which
    was pinned to the one of its user data. Another one that is shown later by the same machine fails the run.
    """
    pinned = command.local.Command(
        name,
        create=machine.apply(lambda id: PIN.format(machine=id)),
        stdin=shown.apply(lambda said: (said or "").strip().rpartition("\n")[2]),
        logging=command.local.Logging.STDERR,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return pulumi.Output.unsecret(pinned.stdout).apply(lambda text: text.strip().partition(" ")[2])
