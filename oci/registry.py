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
from typing import Any

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

    For ECR without a helper of its own the AWS CLI is asked, whose answer lives as long as the push. What `docker login` left
    there or in a store ends after twelve hours: it counts only where the AWS CLI has no answer.
    """
    found, held = ECR.fullmatch(registry), _configured()
    if not found or registry in held.get("credHelpers", {}) or held.get("credsStore") == "ecr-login":
        yield dict(os.environ)
        return
    try:
        password = _password(registry, found[1])
    except Refused:
        if registry not in held.get("auths", {}) and "credsStore" not in held:
            raise
        yield dict(os.environ)
        return
    known = base64.b64encode(f"AWS:{password}".encode()).decode()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": {registry: {"auth": known}}}))
        yield {**os.environ, "DOCKER_CONFIG": directory}


def _password(registry: str, region: str) -> str:
    try:
        asked = subprocess.run(
            ["aws", "ecr", "get-login-password", "--region", region],
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
    return asked.stdout.strip()


def _configured() -> dict[str, Any]:
    """Docker's configuration; empty where there is none."""
    folder = os.environ.get("DOCKER_CONFIG")
    file = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        held = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}
