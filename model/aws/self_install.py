"""How an instance that nobody logs in to installs the release at its first start: the same bundle, the same activator."""

import shlex
from dataclasses import dataclass

from model import remote_script
from model.aws.user_data import PATIENCE
from model.remote_script import Known

PACKAGES = ("awscli",)
"""Beside those that every host has; Debian 13 has its version 2."""
ATTEMPTS, PAUSE = 20, 6
"""A new role's rights take a while to be known everywhere; two minutes are more than anybody has seen."""
HOOK = "slipway-proven"
"""The lifecycle hook that this script completes; until then the instance is in nobody's service."""
HEARTBEAT = 1800
"""Seconds that it has for that, after which its group takes it for failed: twice the patience of a first start, and 600 s for the
release itself. Auto Scaling takes 30 to 7200 (API reference, PutLifecycleHook)."""
INSTANCE = "/var/lib/cloud/data/instance-id"
PROVEN = "/var/lib/slipway-proven"
"""There once the release was turned on here: a boot after that proves that it answers, and installs nothing."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A bundle in a bucket, and the secret in Secrets Manager that goes with it, if any: its ARN and version.

    `group` is the auto-scaling group, `answers` the URL under which the load balancer asks, as the instance itself reaches it.
    """

    bucket: str
    key: str
    sha256: str
    region: str
    group: str
    answers: str
    secret: tuple[str, str] | None = None


def too_long(known: Known) -> str | None:
    """Why an instance could not be proven in time, for behind "the release …"."""
    if known.waits <= HEARTBEAT - 2 * PATIENCE:
        return None
    return (
        f"may take {known.waits} s to become healthy, be watched and drain; instances that come and go have "
        f"{HEARTBEAT - 2 * PATIENCE} s for that: make health.deadline, release.watch or release.drain shorter."
    )


def script(known: Known, stored: Stored, owner: str) -> str:
    """Fetches the bundle and lets the activator in it turn the release on, which checks the digest and waits for health.

    At the end it tells the group whether the release runs, proven. Where it cannot even tell, the group's hook runs out, and the
    instance is replaced likewise.
    """
    fetch = shlex.join(["aws", "s3api", "get-object", "--bucket", stored.bucket, "--key", stored.key])
    tell = shlex.join(
        [
            *("aws", "autoscaling", "complete-lifecycle-action", "--lifecycle-hook-name", HOOK),
            *("--auto-scaling-group-name", stored.group),
        ]
    )
    ask = f"import urllib.request as r; r.urlopen({stored.answers!r}, timeout=5)"
    return f"""\
#!/bin/sh
# Written by slipway; run at the end of each boot, by cloud-init.
set -e
export HOME=/root AWS_DEFAULT_REGION={stored.region}
again() {{ n=0; until "$@"; do n=$((n + 1)); [ $n -lt {ATTEMPTS} ] || return 1; sleep {PAUSE}; done; }}
there() {{ command -v aws >/dev/null; }}
packages() {{ cloud-init single --name package_update_upgrade_install --frequency always >&2 && there; }}
answers() {{ python3 -c {shlex.quote(ask)}; }}
tell() {{ {tell} --instance-id "$(cat {INSTANCE})" --lifecycle-action-result "$1"; }}
ended() {{
  code=$?
  trap - EXIT
  if [ $code = 0 ]; then again tell CONTINUE; else echo "the release does not run here, status $code" >&2; again tell ABANDON; fi
  exit $code
}}
trap ended EXIT
install() {{
{remote_script.apply_known(known, f"{remote_script.UPLOADS}/{stored.key}", stored.sha256, owner)}
}}
if [ -e {PROVEN} ]; then again answers; exit; fi
# Packages may be lacking because their mirror was away for a moment.
there || again packages
mkdir -p ~/{remote_script.UPLOADS}
again {fetch} ~/{remote_script.UPLOADS}/{stored.key} >/dev/null
secrets={_secrets(stored)}
printf %s "$secrets" | install
touch {PROVEN}
"""


def _secrets(stored: Stored) -> str:
    if not stored.secret:
        return "''"
    arn, version = stored.secret
    asked = ["--secret-id", arn, "--version-id", version, "--query", "SecretString", "--output", "text"]
    return f"$(again aws secretsmanager get-secret-value {shlex.join(asked)})"
