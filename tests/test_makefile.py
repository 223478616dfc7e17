"""What `make` is given, and what it is not: an empty word never takes the place of a name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from releases.__main__ import main

PROJECT = Path(__file__).parents[1]
MAY_BE_EMPTY = {("rollback", "TO"), ("changelog", "FROM"), ("changelog", "TO"), ("promote", "KEY")}
"""Whoever gets these knows what to do without."""


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        (["promote", "FROM=dev"], "STORE"),
        (["promote", "STORE=/srv/artifacts"], "FROM"),
        (["promote", "FROM=dev", "STORE= "], "STORE"),
        (["forget"], "HOST"),
        (["drill"], "REGION"),
    ],
)
def test_what_a_target_cannot_do_without_ends_it_before_anything_runs(words: list[str], lacking: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and f"make {words[0]} needs {lacking}=" in done.stderr
    assert f"-m {words[0]}" not in done.stdout and "releases" not in done.stdout


def test_every_variable_that_is_passed_in_any_case_is_needed_or_may_be_empty() -> None:
    passed, needed = set[tuple[str, str]](), set[tuple[str, str]]()
    target = ""
    for line in (PROJECT / "Makefile").read_text().splitlines():
        if found := re.match(r"([a-z-]+):", line):
            target = found[1]
        if line.startswith("\t"):
            needed |= {
                (target, name)
                for names in re.findall(r"call needs,([A-Z ]+)\)", line)
                for name in names.split()
            }
            always = re.sub(r"\$\(if \$\((\w+)\),.*?\"\$\(\1\)\"\)", "", line)
            passed |= {(target, name) for name in re.findall(r'"\$\((\w+)\)"', always)}
    assert passed - MAY_BE_EMPTY == needed and passed


def test_an_empty_store_is_refused_also_without_make(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["promote", "--stack", "prod", "--from", "dev", "--store", ""])
    assert ended.value.code == 2 and "argument --store: an empty name" in capsys.readouterr().err
