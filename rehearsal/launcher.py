"""Runs in the program's own process: connects the Pulumi SDK to the rehearsal and executes the program's main file.

Reads its settings, one line of JSON, from stdin, so that no configuration value is ever in an environment or argument.
The engine holds stdin open; when that ends, the engine is gone and so is the program.
"""

import sys

# Our own directory must not be importable from the program: its modules have everyday names.
program_directory = sys.argv[1]
sys.path[0] = program_directory

import asyncio  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import pulumi  # noqa: E402

SHOWN = 32
"""Exit code that says: the error has been logged already."""


def users_traceback(error: BaseException, directory: str) -> str:
    """The traceback from the program's first own frame on."""
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error))
    own = os.path.realpath(directory) + os.sep
    frame = error.__traceback__
    while frame is not None and not _is_own(frame.tb_frame.f_code.co_filename, own):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame or error.__traceback__))


def _is_own(file: str, own: str) -> bool:
    if file.startswith("<") or "site-packages" in file or file == __file__:
        return False
    return os.path.realpath(file).startswith(own)


def receive() -> dict:
    """The engine's settings. From then on the program has no input, and ends when the engine does."""
    engine = os.fdopen(os.dup(0), "rb", buffering=0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, not a path of the program's
        os.dup2(nothing.fileno(), 0)
    line = b""
    while not line.endswith(b"\n"):
        if not (part := engine.read(65536)):
            os._exit(1)
        line += part

    def watch() -> None:
        while engine.read(1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return json.loads(line)


def main() -> int:
    """Run the program to its end; gives the exit code."""
    settings = receive()
    pulumi.runtime.set_all_config(settings["config"], settings["secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=settings["project"],
            stack=settings["stack"],
            organization="organization",
            monitor=settings["address"],
            engine=settings["address"],
            parallel=settings["parallel"],
            dry_run=settings["preview"],
            root_directory=settings["root_directory"],
        )
    )
    main_file = program_directory + "/__main__.py"
    sys.argv = [main_file]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Each registration that waits for its resource holds a thread.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(settings["parallel"], 1) * 4))
    # After an error futures are left unobserved, on purpose; asyncio would complain about each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def run() -> None:
        runpy.run_path(main_file, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return SHOWN
    except Exception as error:
        pulumi.log.error(
            "Program failed with an unhandled exception:\n" + users_traceback(error, program_directory)
        )
        return SHOWN
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that wait for answers which will not come must not keep a finished program alive.
    os._exit(code)
