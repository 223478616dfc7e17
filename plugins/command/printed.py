"""What a command prints: collected for the outputs, and handed on line by line. Not for where it comes from."""

from __future__ import annotations

import codecs
import json
from typing import Literal

from plugins.provider import Log
from plugins.values import Values

Stream = Literal["stdout", "stderr"]


class Printed:
    """Takes chunks of bytes of both streams; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self, *, logging: str | None, log: Log) -> None:
        """`logging` is the property: which streams go to `log` as they arrive; both when None."""
        shown = {None: ("stdout", "stderr"), "stdoutAndStderr": ("stdout", "stderr"), "none": ()}
        self._shown = shown.get(logging, (logging,))
        self._log = log
        self._text: dict[Stream, list[str]] = {"stdout": [], "stderr": []}
        self._both: list[str] = []
        self._line: dict[Stream, str] = {"stdout": "", "stderr": ""}
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": decoder(errors="replace"), "stderr": decoder(errors="replace")}

    def add(self, stream: Stream, chunk: bytes, *, final: bool = False) -> None:
        """The next bytes of a stream; `final` after its last."""
        text = self._decoders[stream].decode(chunk, final)
        self._text[stream].append(text)
        self._both.append(text)
        if stream not in self._shown:
            return
        head, newline, rest = text.rpartition("\n")
        if newline:
            for line in (self._line[stream] + head).split("\n"):
                self._log(line.removesuffix("\r"), stream)
            self._line[stream] = rest
        else:
            self._line[stream] += rest
        if final and self._line[stream]:
            self._log(self._line[stream], stream)
            self._line[stream] = ""

    def outputs(self) -> Values:
        """`stdout` and `stderr`, each without one newline at its end."""
        return {stream: "".join(parts).removesuffix("\n") for stream, parts in self._text.items()}

    def failure(self, cause: str, command: str) -> str:
        """The original's message for a command that failed: cause, command quoted, and all that it printed."""
        return f"{cause}: running {json.dumps(command, ensure_ascii=False)}:\n{''.join(self._both)}"


def previous_output(inputs: Values, previous: Values) -> dict[str, str]:
    """PULUMI_COMMAND_STDOUT and _STDERR of the run before, unless `addPreviousOutputInEnv` is false or they are empty."""
    if inputs.get("addPreviousOutputInEnv") is False:
        return {}
    return {
        f"PULUMI_COMMAND_{stream.upper()}": previous[stream]
        for stream in ("stdout", "stderr")
        if previous.get(stream)
    }
