"""The package `command`: commands and files, here and over SSH, as pulumi-command 1.2.1 does them.

Not for other packages, and not better than the original where a program could come to rely on it. It differs in this:

- A remote connection is closed after its operation, but for that of a copy, which the next command on the same host takes over;
  the original leaves those of commands open, for nobody.
- `perDialTimeout` bounds the whole login; the original bounds the TCP connect only. A host that dies in the middle of a
  command is noticed by keep-alive messages (four of them, 30 s apart); the original waits for ever.
- A host behind a `proxy` is dialled anew at each attempt; the original tries the handshake again on the same connection.
- Without `hostKey` any key is accepted, as by the original, but with a warning.
- Lines may have any length; the original stops reading at 64 KiB.
- Errors of a dial name user, host, port, cause and number of attempts, and each retry shows its cause.
- In the preview of an update, stdout and stderr are always unknown; the original keeps the old ones when the only change is
  a property that was not there before.
- Cancelled, a local command gets SIGTERM with all its children, then SIGKILL; the original kills the first process only.
- `command:remote:CopyFile`, which is deprecated, does not exist.
"""

from plugins.command.command_provider import CommandPackage, CommandProvider

__all__ = ["CommandPackage", "CommandProvider"]
