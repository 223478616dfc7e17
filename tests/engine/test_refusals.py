"""What is refused before an engine is had, because it would wait for ever."""

from pathlib import Path

import pytest

from engine.__main__ import main


@pytest.mark.parametrize("words", [["--policy-pack", "{pack}"], ["--policy-pack={pack}"]])
def test_a_policy_pack_without_its_environment_is_refused_with_the_step_that_makes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    (tmp_path / "PulumiPolicy.yaml").write_text("runtime: python\n")
    told = [word.format(pack=tmp_path) for word in words]
    assert main(["preview", "--stack", "local", "--", *told]) == 1
    said = capsys.readouterr().err
    assert "`make policy`" in said and str(tmp_path) in said
