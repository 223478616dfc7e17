"""Another service than the example, by its module path: nothing but a stack file is written."""

import json

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Project, Run, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]

VERSION = "v2.26.0"
EDGE_PORT, PORT, SLOTS = 8081, 8090, [19081, 19082]


def test_go_httpbin_is_served_from_its_module_path_beside_another_service(
    native: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = region(native.hosts, native.edge)
    where["edge"]["listen"] = EDGE_PORT
    # A stack of its own: another name in the same stack would be the other service, renamed.
    project = Project(tmp_path_factory.mktemp("httpbin"), {})
    project.configure(
        {
            "service": {
                "name": "httpbin",
                "module": "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin",
                "version": VERSION,
                "arguments": ["-host", "127.0.0.1", "-port", "{port}"],
                "port": PORT,
                "slots": SLOTS,
                "health": {"path": "/status/200"},
            },
            "regions": {"lab": where},
            "release": {"drain": 10},
        },
        "httpbin",
    )
    words = ("--stack", "httpbin")

    def must(action: str, *more: str) -> Run:
        done = project.run("-m", "engine", action, *words, *more)
        assert done.code == 0, done.text
        return done

    before = {host.name: evidence.greeting(host, 8080) for host in native.hosts}
    must("up")
    outputs = json.loads(must("outputs", "--", "--json").text)
    assert outputs["version"] == VERSION
    assert outputs["url"] == f"http://{native.edge.address}:{EDGE_PORT}/"
    assert evidence.greeting(native.edge, EDGE_PORT, "/get?a=b")["args"] == {"a": ["b"]}
    for host in native.hosts:
        state = evidence.status(host, "httpbin")
        running = evidence.process(host, state["pid"])
        assert running.sha256 == outputs["artifacts"][host.architecture.value]["sha256"]
        assert running.uid != 0
        live = SLOTS[["blue", "green"].index(state["slot"])]
        assert evidence.listening(host)[live] == {"127.0.0.1"}
        assert evidence.greeting(host, PORT, "/get?c=d")["args"] == {"c": ["d"]}
    assert must("up").changed == {}
    must("destroy")
    # The other service on the same hosts went on all the time, in the very same processes.
    assert {host.name: evidence.greeting(host, 8080) for host in native.hosts} == before
    assert all(PORT not in evidence.listening(host) for host in native.hosts)
