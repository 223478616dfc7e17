"""Bringing an image to a registry, with the credentials that this machine has for it."""

import base64
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gobuild.refusal import Refused
from oci import crane

ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")


def push(folder: Path, repository: str, tag: str) -> str:
    """Pushes the index below `folder` under `tag`, then each SBOM; gives the digest that the registry tells.

    What is there already is not sent again. Raises Refused.
    """
    with _credentials(repository.partition("/")[0]) as environment:
        crane.run("push", str(folder / "image"), f"{repository}:{tag}", environment=environment)
        for sbom in sorted(folder.glob("sbom-*")):
            digest = json.loads((sbom / "index.json").read_text())["manifests"][0]["digest"]
            crane.run("push", str(sbom), f"{repository}@{digest}", environment=environment)
        return crane.run("digest", f"{repository}:{tag}", environment=environment)


@contextmanager
def _credentials(registry: str) -> Iterator[dict[str, str]]:
    """The environment for crane, which asks Docker's configuration and its credential helpers.

    For ECR without such a helper the AWS CLI is asked, whose answer lives as long as the push.
    """
    found = ECR.fullmatch(registry)
    if not found or _configured(registry):
        yield dict(os.environ)
        return
    try:
        asked = subprocess.run(
            ["aws", "ecr", "get-login-password", "--region", found[1]],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refused(
            f"there are no credentials for {registry}: install the AWS CLI, or docker-credential-ecr-login and name it in "
            "credHelpers of Docker's configuration."
        ) from None
    if asked.returncode:
        raise Refused(
            f"`aws ecr get-login-password` gave no credentials for {registry}: {asked.stderr.strip()}"
        )
    known = base64.b64encode(f"AWS:{asked.stdout.strip()}".encode()).decode()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": {registry: {"auth": known}}}))
        yield {**os.environ, "DOCKER_CONFIG": directory}


def _configured(registry: str) -> bool:
    """Whether Docker's configuration has an answer for the registry."""
    folder = os.environ.get("DOCKER_CONFIG")
    file = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        held = json.loads(file.read_text())
    except (OSError, ValueError):
        return False
    return "credsStore" in held or any(registry in held.get(key, {}) for key in ("credHelpers", "auths"))
