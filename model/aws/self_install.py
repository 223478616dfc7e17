"""How an instance that nobody logs in to installs the release at its first start: the same bundle, the same activator."""

import shlex
from dataclasses import dataclass

from model import remote_script
from model.release import Release

PACKAGES = ("awscli",)
"""Beside those that every host has; Debian 13 has its version 2."""
ATTEMPTS, PAUSE = 20, 6
"""A new role's rights take a while to be known everywhere; two minutes are more than anybody has seen."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A bundle in a bucket, and the secret in Secrets Manager that goes with it, if any: its ARN and version."""

    bucket: str
    key: str
    sha256: str
    region: str
    secret: tuple[str, str] | None = None


def script(release: Release, stored: Stored, owner: str) -> str:
    """Fetches the bundle and lets the activator in it turn the release on, which checks the digest and waits for health.

    When that fails, the instance serves nothing, the load balancer finds it ill, and its group replaces it.
    """
    fetch = shlex.join(["aws", "s3api", "get-object", "--bucket", stored.bucket, "--key", stored.key])
    return f"""\
#!/bin/sh
# Written by slipway; run once, by cloud-init.
set -e
export HOME=/root AWS_DEFAULT_REGION={stored.region}
again() {{ n=0; until "$@"; do n=$((n + 1)); [ $n -lt {ATTEMPTS} ] || return 1; sleep {PAUSE}; done; }}
there() {{ command -v aws >/dev/null; }}
packages() {{ cloud-init single --name package_update_upgrade_install --frequency always >&2 && there; }}
install() {{
{remote_script.apply(release, f"{remote_script.UPLOADS}/{stored.key}", stored.sha256, owner, False)}
}}
# Packages may be lacking because their mirror was away for a moment.
there || again packages
mkdir -p ~/{remote_script.UPLOADS}
again {fetch} ~/{remote_script.UPLOADS}/{stored.key} >/dev/null
secrets={_secrets(stored)}
printf %s "$secrets" | install
"""


def _secrets(stored: Stored) -> str:
    if not stored.secret:
        return "''"
    arn, version = stored.secret
    asked = ["--secret-id", arn, "--version-id", version, "--query", "SecretString", "--output", "text"]
    return f"$(again aws secretsmanager get-secret-value {shlex.join(asked)})"
