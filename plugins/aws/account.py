"""What the providers of all regions share in one run: what there is, and what was looked up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from plugins.aws.instances import Instances
from plugins.aws.record import Record
from plugins.values import Values


@dataclass
class Account:
    """`looked_up` counts look-ups by name."""

    record: Record
    instances: Instances
    looked_up: Counter[str] = field(default_factory=Counter)
    _images: dict[str, str] = field(default_factory=dict)

    def outputs_of(self, type: str, id: object) -> Values:
        """What the resource of that type and id told; nothing if there is none."""
        return self.record.of(type).get(str(id), {})

    def answered(self, token: str, answer: Values) -> None:
        """Count a look-up, and remember an image's architecture."""
        self.looked_up[token.rpartition(":")[2]] += 1
        if "imageId" in answer:
            self._images[str(answer["imageId"])] = str(answer["architecture"])

    def image_architecture(self, id: object) -> str | None:
        """That of an image that this run looked up."""
        return self._images.get(str(id))
