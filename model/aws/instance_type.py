"""What an EC2 instance type's name tells: its architecture, and whether it lives on CPU credits.

For messages before AWS can be asked; what is built, and which image is taken, follows from what AWS says
(`components/aws/fleet.py`).
"""

import re

from model.architecture import Architecture

_NAME = re.compile(r"(?P<family>[a-z]+)(?P<rest>[a-z0-9-]*)\.[a-z0-9-]+")
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


def burstable(instance_type: str) -> bool:
    """Whether it has a baseline and credits for more. t1 and t8i have none."""
    return instance_type.partition(".")[0] in _BURSTABLE
