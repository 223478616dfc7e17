"""Where the registry of the lab that people see listens: where its stack file sends images."""

import re
import socket
from pathlib import Path

from lab.errors import LabError

_REPOSITORY = re.compile(r"^\s*repository:\s*[\"']?127\.0\.0\.1:(\d+)/", re.MULTILINE)


def port(stack_file: Path) -> int:
    """The port that the stack file's `repository` has. Raises LabError where it is none of this machine."""
    if found := _REPOSITORY.search(stack_file.read_text()):
        return int(found[1])
    raise LabError(
        f"{stack_file.name} sends images to no registry of this machine: write `repository: 127.0.0.1:PORT/NAME` there."
    )


def refuse_taken(number: int, stack_file: Path) -> None:
    """Raises LabError where another program listens there."""
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind(("127.0.0.1", number))
        except OSError as error:
            raise LabError(
                f"the registry cannot listen at 127.0.0.1:{number} ({error.strerror}): another program or another checkout's "
                f"lab has that port. Write a free one into `repository` of {stack_file.name}."
            ) from None
