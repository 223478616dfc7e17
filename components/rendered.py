"""The files that a region's hosts hold, for its outputs: written down once the hosts have them, and not before."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi

from components.installation import Installation
from model import rendered


def told(installations: Iterable[Installation]) -> pulumi.Output[dict[str, Any]]:
    """Of all that came as bundles; nothing is known of what a host turned on from its own disk."""
    installations = tuple(installations)
    bundles = {each.bundle.release.id: each.bundle.release for each in installations if each.bundle}
    texts = [
        (id, rendered.texts(release, Path(release.binary.sbom).read_text() if release.binary else None))
        for id, release in sorted(bundles.items())
    ]
    reports = [each.apply.stdout for each in installations]
    return pulumi.Output.all(*reports).apply(lambda _: rendered.kept(texts))
