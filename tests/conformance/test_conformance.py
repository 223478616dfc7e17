"""Every scenario on the rehearsal, and on the real CLI where there is one. Cannot prove agreement on what no scenario has."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.conformance.engines import Engine, RealPulumi, Rehearsal
from tests.conformance.scenarios import HEADER, SCENARIOS, Step

PROJECT = f"""
name: conformance
runtime:
  name: python
  options:
    virtualenv: {sys.prefix}
"""
REAL = pytest.param(
    RealPulumi(),
    id="pulumi",
    marks=pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH"),
)


@pytest.mark.parametrize("engine", [pytest.param(Rehearsal(), id="rehearsal"), REAL])
@pytest.mark.parametrize("steps", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_engines_do_what_the_scenario_says(engine: Engine, steps: list[Step], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    engine.prepare(tmp_path)
    log = tmp_path / "log"
    for number, step in enumerate(steps):
        (tmp_path / "__main__.py").write_text(HEADER + step.program)
        log.write_text("")
        result = engine.run(step.command, tmp_path)
        where = f"step {number}:\n{result.output}"
        assert (result.code != 0) == step.fails, where
        if step.operations != "*":
            assert result.operations == step.expected(), where
        if step.log != "*":
            assert ", ".join(log.read_text().splitlines()) == step.log, where
        if step.outputs is not None:
            assert engine.outputs(tmp_path) == step.outputs, where


@pytest.mark.parametrize("engine", [pytest.param(Rehearsal(), id="rehearsal"), REAL])
def test_a_secret_is_neither_in_the_output_nor_in_any_file_but_the_program(
    engine: Engine, tmp_path: Path
) -> None:
    secret = "quite-unguessable"
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    engine.prepare(tmp_path)
    main = tmp_path / "__main__.py"
    main.write_text(
        HEADER + f'hidden = Output.secret("{secret}")\n'
        'a = local.Command("a", create="cat > /dev/null", stdin=hidden, environment={"H": hidden},\n'
        "    opts=ResourceOptions(additional_secret_outputs=['stdout']))\n"
        'pulumi.export("hidden", hidden)\n'
    )
    result = engine.run("up", tmp_path)
    assert result.code == 0, result.output
    assert ("create", "a") in result.operations, result.output
    assert secret not in result.output
    files = [
        path for path in tmp_path.rglob("*") if path.is_file() and path != main and path.suffix != ".pyc"
    ]
    assert files, "a state must have been written"
    assert [path for path in files if secret.encode() in path.read_bytes()] == []
