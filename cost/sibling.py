"""The instance type of the same size, generation and kind with a processor of the other architecture."""

_GRAVITON_TO_INTEL = {
    "c6g": "c6i",
    "m6g": "m6i",
    "r6g": "r6i",
    "c7g": "c7i",
    "m7g": "m7i",
    "r7g": "r7i",
    "c8g": "c8i",
    "m8g": "m8i",
    "r8g": "r8i",
    "t4g": "t3",
}
_SIBLINGS = _GRAVITON_TO_INTEL | {intel: graviton for graviton, intel in _GRAVITON_TO_INTEL.items()}
_GRAVITON_ONLY = {"medium"}
"""Sizes of Graviton families below the smallest Intel one; t4g and t3 have the same sizes."""


def sibling(kind: str) -> str | None:
    """`m7i.large` for `m7g.large` and the other way round; None where AWS has no such type."""
    family, _, size = kind.partition(".")
    other = _SIBLINGS.get(family)
    if other is None or (size in _GRAVITON_ONLY and family != "t4g" and other != "t4g"):
        return None
    return f"{other}.{size}"
