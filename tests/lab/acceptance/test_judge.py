"""A release that answers its health check but fails its users goes back by itself, having met only its share of them."""

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region
from tests.load import Plan, running

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]

ANSWER = "writeJSON(w, hello) })"
FAILS_SOME = """
\t\tif time.Now().UnixMicro()%4 == 0 {
\t\t\thttp.Error(w, "the database is away", http.StatusInternalServerError)
\t\t\treturn
\t\t}
\t\twriteJSON(w, hello)
\t})"""


def test_a_release_that_fails_a_quarter_of_its_requests_goes_back_and_a_good_one_stays(native: Stack) -> None:
    settings = greeter(region(native.hosts, native.edge))
    settings["release"] |= {"watch": 3, "share": [20, 50], "judge": {"requests": 50}}
    native.project.configure(settings)
    before = {host.name: evidence.status(host) for host in native.hosts}
    plan = Plan(url=f"http://{native.edge.address}/", rate=200, seconds=500, expect='"message"')

    native.project.edit("examples/greeter/greeter.go", ANSWER, FAILS_SOME)
    with running(plan) as load:
        failed = native.project.up()
    assert failed.code != 0
    first = native.hosts[0].name
    assert f"on {first} at step share" in failed.text
    assert "fails its users" in failed.text and "with the release before: 0 of " in failed.text
    # A quarter of a fifth of one host's half, while that was watched.
    assert 0 < load.lost < 0.05 * load.scheduled, load
    for host in native.hosts:
        now = evidence.status(host)
        assert [now[key] for key in ("release", "pid")] == [
            before[host.name][key] for key in ("release", "pid")
        ]

    native.project.restore("examples/greeter/greeter.go")
    native.project.edit("examples/greeter/greeter.go", 'message = "Hello"', 'message = "Moin"')
    with running(plan) as load:
        done = native.project.must_up()
    assert load.lost == 0, load
    assert done.text.count("users fare as before") >= len(native.hosts)
    assert {evidence.greeting(host, 8080)["message"] for host in native.hosts} == {"Moin"}
