"""pulumi-kubernetes' own provider, built from its Go modules: what its own `main` embeds is in the module, but for two names.

One file of its SDK gives way to ours while it is compiled (docs/decisions/0028-the-kubernetes-provider.md).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused
from tools import watched
from tools.program import TOOLS, compile, kept

NAME = "pulumi-resource-kubernetes"
"""Of the program, as Pulumi looks for it on PATH."""
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
EMBEDDED = ("schema.json", "terraform-mapping.json")
SDK = "github.com/pulumi/pulumi-kubernetes/sdk/v4"
KINDS = "go/kubernetes/yaml/v2/kinds.go"
OURS = "kinds/kinds.go"
OWN = ("go.mod", "go.sum", "main.go", OURS)
PACKAGES = 1700


def provider(say: Callable[[str], None] = lambda line: None) -> Path:
    """The folder that holds it, made if need be: the SDK's version of it. Raises Refused."""
    wanted = version("pulumi-kubernetes")

    def make(place: Path) -> None:
        say(f"building {NAME} {wanted} (once; 4 minutes on two idle cores)")
        # Go embeds files of the package's own folder alone.
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            folder = Path(scratch)
            (folder / OURS).parent.mkdir()
            for file in OWN:
                shutil.copy(TOOLS / NAME / file, folder / file)
            for file in EMBEDDED:
                (folder / file).write_bytes((module(folder, MODULE) / "cmd" / NAME / file).read_bytes())
            _replace_kinds(folder)
            flags = f"-s -w -X {MODULE}/pkg/version.Version={wanted}"
            # It waits for clusters far more than it computes.
            words = [*watched.NOT_INLINED, "-ldflags", flags, "-o", str(place / NAME), "."]
            compile(NAME, words, folder, PACKAGES, say)

    return kept(NAME, OWN, make, say, wanted)


def _replace_kinds(folder: Path) -> None:
    """Has the build of `folder` take the SDK with our file in place of its own. Raises Refused."""
    sdk = folder / "sdk"
    shutil.copytree(module(folder, SDK), sdk, copy_function=shutil.copyfile)
    # Go's module cache may be read-only, and a copied folder is what its original was.
    for each in (sdk, *(path for path in sdk.rglob("*") if path.is_dir())):
        each.chmod(0o755)
    (folder / OURS).replace(sdk / KINDS)
    with (folder / "go.mod").open("a") as text:
        text.write(f"\nreplace {SDK} => ./sdk\n")


def module(folder: Path, path: str) -> Path:
    """Where Go keeps the module `path` that `folder`/go.mod names, downloaded if need be. Raises Refused."""
    pinned = re.search(rf"{path} (v\S+)", (folder / "go.mod").read_text())
    assert pinned, f"tools/{NAME}/go.mod names no {path}"
    asked = toolchain.find().run(
        ["mod", "download", "-json", f"{path}@{pinned[1]}"], directory=folder, GOFLAGS="-mod=mod"
    )
    found = re.search(r'"Dir": "(.+)"', asked.stdout)
    if not found:
        raise Refused(f"{path} cannot be had: {(asked.stderr or asked.stdout).strip()[-300:]}")
    return Path(found[1])
