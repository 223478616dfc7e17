"""The commands that run on a host, as text. They find the activator in the bundle and leave everything else to it."""

import shlex

from model.release import Release

UPLOADS = ".slipway"
"""Where bundles arrive, under the login user's home."""


def upload_path(bundle_file: str) -> str:
    """Where a bundle goes; relative, so that it starts at the login user's home."""
    return f"{UPLOADS}/{bundle_file}"


def apply(release: Release, bundle_file: str, sha256: str, owner: str, install_packages: bool) -> str:
    """Turns `release` on. Takes the activator from the bundle or, once that is gone, from the unpacked release."""
    unpacked = f"/opt/{release.name}/app/releases/{release.id}/activator.py"
    options = f"--sha256 {sha256} --owner {shlex.quote(owner)}" + (
        " --install-packages" if install_packages else ""
    )
    return f"""set -eu
refuse() {{ echo "$(hostname): $1" >&2; exit 1; }}
sudo -n true 2>/dev/null || refuse "$(id -un) may not run sudo without a password; allow it in /etc/sudoers.d"
command -v python3 >/dev/null || refuse "there is no python3; install the package python3"
bundle="$HOME/{upload_path(bundle_file)}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -e "$bundle" ]; then tar -xzf "$bundle" -C "$work" activator.py; else cp {unpacked} "$work/"; fi
sudo -n timeout -k 60 {time_limit(release)} python3 "$work/activator.py" apply --bundle "$bundle" {options}"""


def remove(name: str, owner: str) -> str:
    """Takes a service off the host, unless somebody else's install has taken its place."""
    activator = f"/opt/{name}/app/current/activator.py"
    return f"""[ -e {activator} ] || exit 0
sudo -n timeout -k 60 300 python3 {activator} remove --service {name} --owner {shlex.quote(owner)}"""


def time_limit(release: Release) -> int:
    """Seconds after which an apply that hangs is ended: its own waits, twice for putting back, and two minutes for the disk."""
    manifest = release.manifest
    waits = (
        (manifest["health"] or {}).get("deadline", 0) + (manifest["watch"] or 0) + (manifest["drain"] or 0)
    )
    return int(2 * waits + 120)
