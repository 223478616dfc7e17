"""The hosts as the lab names them: the first one is the canary."""

import json
import os
from pathlib import Path

_told = json.loads(Path(os.environ["BENCH_HOSTS"]).read_text())
_login = {
    "ssh_user": _told["user"],
    "ssh_key": _told["key"],
    "ssh_known_hosts_file": _told["known_hosts"],
    "ssh_strict_host_key_checking": "yes",
}
_hosts = [(host["address"], _login) for host in _told["hosts"]]

canary = _hosts[:1]
others = _hosts[1:]
