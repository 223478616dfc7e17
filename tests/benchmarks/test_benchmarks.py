"""The arithmetic and the words of the benchmarks; what they measure is no test."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import page, record, scale, scale_record
from benchmarks.cost import Cost, Failed, Shell
from benchmarks.figures import Spread, per_further
from benchmarks.plot import bars
from benchmarks.source import Source
from benchmarks.timeline import Span, Timeline
from tests.benchmarks.records import of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_spread_holds_its_median(values: list[float]) -> None:
    spread = Spread.of(values)
    assert spread is not None
    assert spread.least <= spread.median <= spread.most
    assert spread.runs == len(values)


def test_a_median_is_not_a_mean_and_nothing_has_none() -> None:
    assert Spread.of([1, 2, 30]) == Spread(2, 1, 30, 3)
    assert Spread.of([]) is None
    assert Spread(3, 3, 3, 1).over(Spread(2, 2, 2, 1)) == 1.5
    assert Spread(3, 3, 3, 1).over(None) is None


@given(st.floats(0, 10), st.floats(0, 10))
def test_what_a_further_host_adds_is_the_slope(first: float, each: float) -> None:
    slope = per_further({number: first + each * number for number in (1, 4, 16)})
    assert slope == pytest.approx(each, abs=1e-9)
    assert per_further({4: 1.0}) is None


def test_costs_one_after_the_other_add_up_but_memory_does_not() -> None:
    one = Cost(seconds=1, cpu=2, memory=3, sent=4, received=5, connections=6, build=1)
    assert one + one == Cost(seconds=2, cpu=4, memory=3, sent=8, received=10, connections=12, build=2)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    records = [of("noop", "slipway", seconds=1.25, connections=3), of("load", "floor", lost=2, requests=9)]
    record.write(tmp_path / "records", records)
    assert record.read(tmp_path / "records") == records
    assert record.read(tmp_path / "none") == []


def test_new_measurements_replace_those_under_the_same_conditions_alone() -> None:
    old = [of("noop", "slipway", hosts=1), of("noop", "floor", hosts=1), of("noop", "slipway", hosts=4)]
    new = [of("noop", "slipway", hosts=1, seconds=9)]
    assert record.merged(old, new) == [old[2], *new]


def test_rounds_that_are_there_are_those_that_every_scenario_has() -> None:
    there = [replace(of("noop", "slipway"), round=number) for number in (1, 2, 3)]
    assert record.rounds(there, ["noop"], 4, there[0].link) == 3
    assert record.rounds(there, ["noop", "change"], 4, there[0].link) == 0
    assert record.rounds(there, ["noop"], 16, there[0].link) == 0


def test_bars_are_as_long_as_their_medians() -> None:
    drawn = bars("T & t", {"one": {"slipway": Spread(10, 9, 20, 3), "floor": Spread(5, 5, 5, 3)}})
    assert "T &amp; t" in drawn
    long, short = (
        float(re.findall(rf'width="([\d.]+)" height="11" fill="{colour}"', drawn)[0])
        for colour in ("#1f6feb", "#8c959f")
    )
    assert long == pytest.approx(2 * short, abs=0.1)


def test_the_page_is_what_was_measured() -> None:
    """`make bench` writes it, and `python -m benchmarks --page` after a change of its words."""
    records = record.read(DOCS / "benchmarks.json")
    assert (DOCS / "benchmarks.md").read_text() == page.page(records)
    for name, drawn in page.plots(records).items():
        assert (DOCS / "images" / name).read_text() == drawn


def test_no_two_changes_of_the_source_are_equal(tmp_path: Path) -> None:
    seen = set()
    for owner in ("slipway", "pyinfra"):
        source = Source.copied(tmp_path / owner, owner)
        for _ in range(2):
            source.change()
            seen.add((tmp_path / owner / "greeter.go").read_text())
    assert len(seen) == 4


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(directory=tmp_path, log=tmp_path / "log", interface="lo", environment={"SAID": "yes"})


needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux for a raw socket"
)


@needs_root
def test_a_command_is_measured_with_what_it_waited_for(shell: Shell) -> None:
    cost = shell.run(
        ["sh", "-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; test $SAID = yes"]
    )
    assert cost.cpu > 0
    assert cost.seconds > 0 and cost.memory > 0


@needs_root
def test_a_command_that_ends_otherwise_than_it_should_is_no_measurement(shell: Shell) -> None:
    with pytest.raises(Failed, match="no such thing"):
        shell.run(["sh", "-c", "echo no such thing; exit 3"])
    with pytest.raises(Failed, match="ended with 0"):
        shell.run(["true"], succeeds=False)
    assert shell.run(["false"], succeeds=False).seconds >= 0


WIRED = """
import socket
from benchmarks.wire import Wire

def asked(port):
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", port))

with Wire(interface="lo") as wire:
    asked(22), asked(22), asked(23)
print(wire.connections)
"""


@needs_root
def test_only_what_begins_a_connection_to_ssh_counts_as_one() -> None:
    """In a network of its own, where nobody listens. Its loopback shows each frame twice: as it goes, and as it comes."""
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", f"ip link set lo up && exec {sys.executable} -c '{WIRED}'"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["4"], done.stderr


class Watched:
    def adds(self, one: int) -> int:
        return one + 1

    async def waits(self, one: int) -> int:
        await asyncio.sleep(0)
        return one + 2


def test_what_is_watched_does_as_before_and_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline()
    for name in ("adds", "waits"):
        monkeypatch.setattr(Watched, name, getattr(Watched, name))  # put back afterwards
        timeline.watch(Watched, name, name, lambda watched, one: f"with {one}")
    assert Watched().adds(1) == 2
    assert asyncio.run(Watched().waits(1)) == 3
    assert [(span.kind, span.name) for span in timeline.spans] == [("adds", "with 1"), ("waits", "with 1")]


def test_time_in_which_two_are_at_work_counts_once() -> None:
    timeline = Timeline(
        spans=[
            Span(kind="copy", name="a", began=0, ended=2),
            Span(kind="copy", name="b", began=1, ended=3),
            Span(kind="copy", name="c", began=5, ended=6),
            Span(kind="activator", name="said", began=4, ended=4),
        ]
    )
    assert timeline.sums() == ["copy         4.00 s"]
    assert [line.split()[-1] for line in timeline.lines()] == ["a", "b", "said", "c"]


def test_an_up_can_be_watched() -> None:
    """What is watched is named by its functions; in a process of its own, since they stay watched."""
    program = (
        "from benchmarks.profile_up import watch; from benchmarks.timeline import Timeline; watch(Timeline())"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_a_pretended_fleet_is_released_and_again_without_a_change() -> None:
    """Three hosts behind one server: what `make bench-scale` does with a thousand."""
    found = [*scale.measured(3, previews_alone=False)]
    assert [one.what for one in found] == [*scale_record.TITLES]
    table = scale_record.table(found)
    assert table.count("\n| 3 | ") == 1
    assert all(scale_record.cell(one) in table for one in found)


def test_python_keeps_what_it_compiled_whatever_this_machine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "room.py").touch()
    shell = Shell(directory=tmp_path, log=tmp_path / "log", interface="lo", environment=os.environ)
    shell.run([sys.executable, "-c", "import room"])
    assert list((tmp_path / "__pycache__").glob("room.*.pyc"))
