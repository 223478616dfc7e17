"""What an EC2 instance type's name tells: its architecture, and whether it lives on CPU credits.

For messages before AWS can be asked; what is built, and which image is taken, follows from what AWS says
(`components/aws/fleet.py`).
"""

import re

from model.architecture import Architecture

_NAME = re.compile(r"(?P<family>[a-z]+)(?P<rest>[a-z0-9-]*)\.[a-z0-9-]+")
_LEVELS = {
    r"t4g|[cmr]6gd?|c6gn|x2gd|im4gn|is4gen|i4g|g5g": "v8.2",
    r"[cmr]7gd?|c7gn|hpc7g": "v8.4",
    r"[cmr]8gd?|[cmr]8g[nb]|x8g|i8ge?": "v9.0",
    r"t3a?|[cmr][5-8][ai]?(-flex|d|n|dn|b|zn)?": "v3",
}
_BURSTABLE = {"t2", "t3", "t3a", "t4g"}
_SERIES = re.compile(r"(?P<generation>\d+)(?P<attributes>[a-z]*)(?P<processor>(-[a-z0-9]+)*)")


def architecture(instance_type: str) -> Architecture | None:
    """By AWS's naming: a `g` among the letters after the generation means Graviton. None: no EC2 type that runs Linux.

    The g of g5, gr6 and g4dn stands before the generation and means a graphics processor; `u-6tb1` has no generation at all.
    Compared with the `supported_architectures` of all 1,395 types in moto 5.2.5.
    """
    name = _NAME.fullmatch(instance_type)
    if not name or name["family"] == "mac":
        return None
    series = _SERIES.fullmatch(name["rest"])
    if name["family"] == "a":
        return Architecture.ARM64
    # Grace, the processor beside a `gb` graphics processor, is an Arm one, too.
    if series and ("g" in series["attributes"] or series["processor"].startswith("-gb")):
        return Architecture.ARM64
    return Architecture.AMD64


def level(instance_type: str) -> str | None:
    """The instruction-set level, as Go calls it, that every processor under that name has; None where it is not certain.

    Graviton2 is Neoverse N1 (Armv8.2), Graviton3 V1 (8.4), Graviton4 V2 (9.0); x86 types from generation five on, and t3, have
    AVX2: https://docs.aws.amazon.com/ec2/latest/instancetypes/.
    """
    family = instance_type.partition(".")[0]
    for known, level in _LEVELS.items():
        if re.fullmatch(known, family):
            return level
    return None


def burstable(instance_type: str) -> bool:
    """Whether it has a baseline and credits for more. t1 and t8i have none."""
    return instance_type.partition(".")[0] in _BURSTABLE
