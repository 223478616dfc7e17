"""The entry of `python3 activator.pyz` and of `python -m activator`."""

import sys

import activator
from activator import unpacked

if __name__ == "__main__":
    activator.__path__[:0] = unpacked.folders(getattr(__loader__, "archive", ""))

    from activator.cli import listen_to_signals, main
    from activator.host import Host

    machine = Host()
    listen_to_signals(machine)
    sys.exit(main(sys.argv[1:], machine, lambda: b"" if sys.stdin.isatty() else sys.stdin.buffer.read()))
