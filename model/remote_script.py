"""The commands that run on a host, as text. They find the activator in the bundle and leave everything else to it.

A failed command is shown in full to whoever deploys, so each is one line. The login shell may be any: it is handed one word in
single quotes, without a quote, a backslash or an exclamation mark that fish or csh would make something of, for `sh` to run.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from model.release import Release

UPLOADS = ".slipway"
"""Where bundles arrive, under the login user's home."""

GONE = "is damaged or gone: with --target name its copy, too; else make forget HOST=NAME and make up send it again"

SAME_OWNER_WAIT = 600
"""Seconds for which the activator waits for an earlier run of the same owner; its `cli.PATIENCE`."""

NEEDS_WAIT = 30
"""Seconds for which it waits for what the service needs; its `needs.PATIENCE`."""

CA_WAIT = 300
"""Seconds for which it waits for a CA's certificate; its `certificate.PATIENCE`."""


SSH_CLIENT = ' --ssh-client "$SSH_CLIENT"'
"""How this connection arrives, which a firewall must not close: filled in by the shell, as sudo keeps it from the activator."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What commands say of a release: its service, its id, the longest that it may wait, and who must have signed for it."""

    service: str
    release: str
    waits: int
    signer: str | None = None

    @classmethod
    def of(cls, release: Release) -> Self:
        """Of one that was made here."""
        return cls(service=release.name, release=release.id, waits=own_waits(release), signer=release.signer)


def upload_path(bundle_file: str, machine: str) -> str:
    """Where a bundle goes; relative, so that it starts at the login user's home.

    Another `machine` is another path, because pulumi-command copies again only when content or path differ.
    """
    stem, suffix = bundle_file.removesuffix(".tar.gz"), ".tar.gz"
    return f"{UPLOADS}/{stem}-{machine}{suffix}"


def apply(
    release: Release,
    upload: str,
    sha256: str,
    owner: str,
    install_packages: bool,
    confirm_within: float | None = None,
) -> str:
    """Turns `release` on. With `confirm_within` (seconds) the host goes back by itself unless `confirm` comes in time."""
    known, more = Known.of(release), _way_in(release.manifest) + _packages(install_packages)
    return apply_known(known, upload, sha256, owner, confirm_within, more)


def apply_known(
    known: Known, upload: str, sha256: str, owner: str, confirm_within: float | None = None, more: str = ""
) -> str:
    """The same where the release itself is not there: in a bucket, for one."""
    wanted = f'apply --bundle "$b" --sha256 $s{_signer(known.signer)}{_options(owner, confirm_within)}{more}'
    return _with_upload(known, upload, sha256, wanted)


def check(release: Release, upload: str, sha256: str, owner: str, install_packages: bool) -> str:
    """Asks all that `apply` asks, and changes nothing but that packages are installed."""
    wanted = f'check --bundle "$b" --sha256 $s{_signer(release.signer)} --owner {shlex.quote(owner)}{_way_in(release.manifest)}'
    return _with_upload(Known.of(release), upload, sha256, wanted + _packages(install_packages))


def _signer(signer: str | None) -> str:
    # With a colon, since it is within quotes of quotes.
    return f" --signed-by {signer.replace(' ', ':')}" if signer else ""


def _packages(install: bool) -> str:
    return " --install-packages" if install else ""


def _with_upload(known: Known, upload: str, sha256: str, wanted: str) -> str:
    """Takes the activator from the bundle or, once that is gone, from the unpacked release."""
    unpacked = f"{_app(known.service)}/releases/{known.release}/activator.pyz"
    return posix(
        f'p=$(mktemp) && trap "rm -f $p" EXIT && b=~/{upload} s={sha256} && '
        # Nothing of an upload runs before all of it is known to be what was sent.
        'if [ -e "$b" ] && echo "$s  $b" | sha256sum -c --status; then tar -xzOf "$b" --occurrence=1 activator.pyz; '
        # Pulumi takes the copy for done, so it makes it again only when it is told to.
        f'elif [ ! -e "$b" ] && cat {unpacked}; then :; '
        f'else echo "$b {GONE}" >&2; false; '
        'fi >"$p" && ' + _run('"$p"', known.waits, wanted)
    )


def apply_kept(name: str, releases: str, waits: int, owner: str, confirm_within: float | None = None) -> str:
    """Turns on what the host keeps: of `releases` (ids, separated by commas) the one that it has."""
    wanted = f"apply --service {name} --release {releases}{_options(owner, confirm_within)}"
    return posix(_run(_live(name), waits, wanted))


def previous(name: str, mark: str) -> str:
    """Prints what a rollback goes back to, and changes nothing. Another `mark` is another command, which is run again."""
    return posix(f"sudo -n timeout 60 python3 {_live(name)} previous --service {name}", mark)


def asked(name: str, what: str) -> str:
    """Prints the activator's `releases` or `status`, or nothing where nothing is installed."""
    return posix(
        f"[ ! -e {_live(name)} ] || sudo -n timeout 60 python3 {_live(name)} {what} --service {name}"
    )


def unconfirmed(name: str, others: Sequence[str]) -> str:
    """Fails, and leaves the host to its timer, because `others` have not the release: `--target` left them out."""
    left = ", ".join(others)
    return posix(
        f'echo "{left} did not get this release, so {name} stays unconfirmed and goes back by itself: '
        'run up without --target" >&2; exit 1'
    )


def confirm(name: str, releases: str, waits: int, owner: str, mark: str, guarded: bool = False) -> str:
    """Keeps the release, which may have gone back in the meantime: then the host turns it on again. `mark` as in `previous`.

    `guarded`: a firewall waits for it, too, which was changed and must know where this connection comes from.
    """
    seen = SSH_CLIENT if guarded else ""
    wanted = f"confirm --service {name} --release {releases} --owner {shlex.quote(owner)}{seen}"
    # Its own activator, which is as new as whoever asks; one of several releases is not known by its path.
    program = _live(name) if "," in releases else f"{_app(name)}/releases/{releases}/activator.pyz"
    return posix(_run(program, waits, wanted), mark)


def remove(name: str, owner: str) -> str:
    """Takes a service off the host, unless somebody else's install has taken its place."""
    wanted = f"remove --service {name} --owner {shlex.quote(owner)}"
    program = f"sudo -n timeout -k 60 {SAME_OWNER_WAIT + 300} python3 {_live(name)}"
    return posix(f"[ ! -e {_live(name)} ] || {program} {wanted}")


def own_waits(release: Release) -> int:
    """The longest that it may wait for others, do its tasks, become healthy, be watched, drain and stop the one before it."""
    manifest = release.manifest
    needs = NEEDS_WAIT if manifest.get("needs") else 0
    deadline = (manifest["health"] or {}).get("deadline", 0)
    tasks = sum(task["timeout"] for task in manifest.get("tasks") or ())
    return whole(
        needs
        + tasks
        + (CA_WAIT if (manifest.get("certificate") or {}).get("acme") else 0)
        + deadline
        + (manifest["watch"] or 0) * (1 + len(manifest.get("share") or ()))
        + (manifest["drain"] or 0)
        + (manifest.get("stop") or 0)
    )


def time_limit(waits: int) -> int:
    """Seconds after which an apply hangs: another run before it, its own waits, and two minutes for the disk."""
    return SAME_OWNER_WAIT + waits + 120


def whole(seconds: float) -> int:
    """Rounded up."""
    return -int(-seconds // 1)


def live_run(name: str, waits: int, wanted: str) -> str:
    """`wanted` of the activator that is live, for `sh`."""
    return _run(_live(name), waits, wanted)


def posix(text: str, mark: str = "") -> str:
    """One word for whatever login shell there is, and perhaps a mark, which does nothing but differ."""
    return f"sh -c {shlex.quote(text)}{f' {mark}' if mark else ''}"


def _run(program: str, waits: int, wanted: str) -> str:
    """As root, ended by SIGTERM (which puts back) when it hangs, and killed when it does not even end then."""
    return f"sudo -n timeout -k {2 * waits + 60} {time_limit(waits)} python3 {program} {wanted}"


def _options(owner: str, confirm_within: float | None) -> str:
    # The shell fills in where the connection comes from, so that the same text is run by everybody.
    options = f' --owner {shlex.quote(owner)} --deployer "${{SSH_CLIENT%% *}}"'
    return options if confirm_within is None else f"{options} --confirm-within {confirm_within:g}"


def _way_in(manifest: Mapping[str, Any]) -> str:
    return SSH_CLIENT if manifest.get("firewall") else ""


def _app(name: str) -> str:
    return f"/opt/{name}/app"


def _live(name: str) -> str:
    """The newest activator, which is always beside the live release."""
    return f"{_app(name)}/current/activator.pyz"
