"""The entry of `python3 activator.pyz` and of `python -m activator`."""

import sys

from activator.cli import listen_to_signals, main
from activator.host import Host

if __name__ == "__main__":
    machine = Host()
    listen_to_signals(machine)
    sys.exit(main(sys.argv[1:], machine, lambda: b"" if sys.stdin.isatty() else sys.stdin.buffer.read()))
