"""A machine's SSH host key, made before the machine is, so that the first connection can be pinned to it."""

from dataclasses import dataclass

import pulumi
import pulumi_command as command

MAKE = """\
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT &&
ssh-keygen -q -t ed25519 -N '' -C '' -f "$folder/key" && cat "$folder/key" "$folder/key.pub\""""


@dataclass(frozen=True, kw_only=True)
class HostKey:
    """Both halves of one ed25519 key; `private` is a secret."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]


def host_key(name: str, parent: pulumi.Resource) -> HostKey:
    """The key of that name: made once on this machine and kept in the stack's state, where it is encrypted.

    The machine reads it from its user data, which EC2 shows to whoever may call
    DescribeInstanceAttribute, read-only roles among them, and to every process on the machine.
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
