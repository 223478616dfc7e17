"""The commands that run on a host, as text. They find the activator in the bundle and leave everything else to it.

A failed command is shown in full to whoever deploys, so they are short.
"""

import shlex

from model.release import Release

UPLOADS = ".slipway"
"""Where bundles arrive, under the login user's home."""

SAME_OWNER_WAIT = 600
"""Seconds for which the activator waits for an earlier run of the same owner; its `cli.PATIENCE`."""


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
    """Turns `release` on. Takes the activator from the bundle or, once that is gone, from the unpacked release.

    With `confirm_within` (seconds) the host goes back by itself unless `confirm` comes in time.
    """
    options = f"--sha256 {sha256} --owner {shlex.quote(owner)}"
    if install_packages:
        options += " --install-packages"
    if confirm_within is not None:
        options += f" --confirm-within {confirm_within:g}"
    return f"""\
refuse() {{ echo "$(hostname): $1" >&2; exit 1; }}
sudo -n true 2>/dev/null || refuse "$(id -un) may not run sudo without a password: allow it in /etc/sudoers.d"
command -v python3 >/dev/null || refuse "there is no python3: install the package python3"
bundle=~/{upload} program=$(mktemp) && trap 'rm -f "$program"' EXIT || exit 1
if [ -e "$bundle" ]; then tar -xzOf "$bundle" --occurrence=1 activator.pyz; else cat {kept(release)}; fi >"$program" || exit 1
{run(release, '"$program"')} apply --bundle "$bundle" {options}"""


def confirm(release: Release, owner: str) -> str:
    """Keeps `release`, which may have gone back in the meantime: then the host turns it on again."""
    options = f"--service {release.name} --release {release.id} --owner {shlex.quote(owner)}"
    return f"{run(release, kept(release))} confirm {options}"


def kept(release: Release) -> str:
    """The activator beside the unpacked release."""
    return f"/opt/{release.name}/app/releases/{release.id}/activator.pyz"


def remove(name: str, owner: str) -> str:
    """Takes a service off the host, unless somebody else's install has taken its place."""
    activator = f"/opt/{name}/app/current/activator.pyz"
    return f"""[ -e {activator} ] || exit 0
sudo -n timeout -k 60 {SAME_OWNER_WAIT + 300} python3 {activator} remove --service {name} --owner {shlex.quote(owner)}"""


def run(release: Release, program: str) -> str:
    """As root, ended by SIGTERM (which puts back) when it hangs, and killed when it does not even end then."""
    return f"sudo -n timeout -k {2 * own_waits(release) + 60} {time_limit(release)} python3 {program}"


def time_limit(release: Release) -> int:
    """Seconds after which an apply hangs: another run before it, its own waits, and two minutes for the disk."""
    return SAME_OWNER_WAIT + own_waits(release) + 120


def own_waits(release: Release) -> int:
    """The longest that the release itself may take to become healthy, be watched and drain the one before it."""
    manifest = release.manifest
    deadline = (manifest["health"] or {}).get("deadline", 0)
    return -int(-(deadline + (manifest["watch"] or 0) + (manifest["drain"] or 0)) // 1)
