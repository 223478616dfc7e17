"""From an event log to the page that a reviewer reads."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from model import rendered
from summary import events
from summary.compose import compose
from tests.gobuild.go_services import commit, git
from tests.summary.logs import DONE, INSTALLATION, applies, configured, said, step, write

OLD, NEW = "0" * 12, "1" * 12
REGION = "slipway:index:Region"
COPY = INSTALLATION.replace("Command", "CopyToRemote")
UNIT = "/etc/systemd/system/shop@{slot}.service"


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOVULNDB", (tmp_path / "none").as_uri())


def bundle(path: Path, release: str, unit: str, modules: str = "v1.1.0") -> Path:
    """One as components/bundle.py writes it, but without the activator."""
    packages = [{"SPDXID": "SPDXRef-a", "name": "example.com/a", "versionInfo": modules}]
    manifest = {
        "release": release, "service": "shop", "version": "v2", "architecture": "arm64",
        "binary": {"sha256": "b" * 64, "size": 2_000, "goVersion": "go1.27.3"},
        "files": [{"target": UNIT, "member": "files/unit"}],
    }  # fmt: skip
    members = {
        "manifest.json": json.dumps(manifest),
        "bin/shop": "no program",
        "sbom.spdx.json": json.dumps({"packages": packages}),
        "files/unit": unit,
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_the_commits_that_a_release_brings_are_listed_or_it_says_why_not(tmp_path: Path) -> None:
    source = tmp_path / "shop"
    source.mkdir()
    git(tmp_path, "init", "--quiet")
    for number in (1, 2, 3):
        (source / "main.go").write_text(f"// {number}")
        commit(tmp_path, f"feat: part {number}")
        git(tmp_path, "tag", f"v{number}")
    log = release(tmp_path, 1, "a", "b")
    log[0]["resourcePreEvent"]["metadata"]["old"]["outputs"] |= {"version": "v1"}
    read = events.read(
        write(tmp_path / "log", configured(service=json.dumps({"source": "shop"})), *log, DONE)
    )
    text = compose("prod", read, project=tmp_path)
    assert "<summary>Commits</summary>" in text
    assert "feat: part 2" in text and "feat: part 3" not in text and "feat: part 1" not in text
    git(tmp_path, "tag", "--delete", "v1")
    assert "Between `v1` and `v2` they are not known: v1 is not in the repository" in compose(
        "prod", read, project=tmp_path
    )


def release(path: Path, hosts: int, before: str, after: str) -> list[dict[str, Any]]:
    """A new release on so many hosts; the state knows what they have."""
    kept = rendered.kept([(OLD, {UNIT: before, rendered.MODULES: "example.com/a v1.0.0\n"})])
    source = {"path": str(bundle(path / "shop.tar.gz", NEW, after)), "hash": "c" * 64}
    artifacts = {"arm64": {"sha256": "a" * 64, "size": 1_000, "goVersion": "go1.27.2"}}
    found = [
        step("same", "s", "pulumi:pulumi:Stack", before={"artifacts": artifacts}),
        step("same", "eu", REGION, before={"rendered": kept}),
    ]
    for number in range(hosts):
        name, old, new = f"eu-web{number}", {"create": applies(OLD)}, {"create": applies(NEW)}
        found.append(step("update", f"{name}-bundle", COPY, {}, {"source": source}, changed=["source"]))
        found.append(step("update", name, INSTALLATION, old, new, changed=["create"]))
        found.append(
            step("update", f"{name}-confirm", INSTALLATION, {"create": "confirm"}, {"create": "confirm b"})
        )
        found.append(step("same", f"{name}-check", INSTALLATION))
    return found


def summary(path: Path, *steps: dict[str, Any]) -> str:
    return compose("prod", events.read(write(path / "events", *steps)))


def test_a_release_shows_each_line_that_changes_once_however_many_hosts_have_it(tmp_path: Path) -> None:
    text = summary(tmp_path, *release(tmp_path, 3, "A\nTimeout=10\nZ\n", "A\nTimeout=12\nZ\n"), DONE)
    assert text.splitlines()[1] == (
        "**`prod`: restart behind the proxy (3).** No request is lost and nothing is taken away."
    )
    assert text.count("-Timeout=10\n+Timeout=12") == 1
    assert f"`{UNIT}` on `eu-web0`, `eu-web1`, `eu-web2`" in text
    assert "-example.com/a v1.0.0\n+example.com/a v1.1.0" in text
    assert f"`{'b' * 64}` | new | 2,000 bytes (+1,000) | go1.27.3 | `{'c' * 64}`" in text
    assert "were not looked for: the database file://" in text


def test_five_hundred_resources_fit_into_a_comment(tmp_path: Path) -> None:
    before = "".join(f"Environment=A{number}=old\n" for number in range(2_000))
    steps = release(tmp_path, 130, before, before.replace("old", "new"))
    assert len(steps) > 500
    text = summary(tmp_path, *steps, DONE)
    assert len(text.encode()) < 65_536
    assert "restart behind the proxy (130)" in text and "and 124 more" in text
    assert "more lines*" in text


def test_the_engines_marks_for_colours_are_in_no_message(tmp_path: Path) -> None:
    policy = {"policyName": "tags", "enforcementLevel": "mandatory", "message": "<{%fg 1%}>no tag<{%reset%}>"}
    text = summary(
        tmp_path,
        said("error", "<{%reset%}>undefined: x<{%reset%}>\n"),
        said("warning", "<{%fg 3%}>disk is small<{%reset%}>"),
        {"policyEvent": policy},
    )
    assert "undefined: x" in text and "disk is small" in text and "no tag" in text
    assert "{%" not in text


def test_what_the_state_does_not_know_is_said(tmp_path: Path) -> None:
    steps = [each for each in release(tmp_path, 1, "a", "b") if "Region::eu" not in json.dumps(each)]
    assert "No difference can be shown for `eu-web0`" in summary(tmp_path, *steps, DONE)


def test_a_secret_that_a_file_would_show_is_masked(tmp_path: Path) -> None:
    text = summary(tmp_path, *release(tmp_path, 1, "DB_PASSWORD=hunter1\n", "DB_PASSWORD=hunter22\n"), DONE)
    assert "hunter" not in text and "+DB_PASSWORD=[secret]" in text


def test_an_unchanged_stack_is_said_to_be_so(tmp_path: Path) -> None:
    text = summary(tmp_path, step("same", "eu-web1", INSTALLATION), DONE)
    assert text.splitlines()[1] == "**`prod`: nothing changes** that anybody feels."


def test_what_is_dangerous_comes_first(tmp_path: Path) -> None:
    steps = [
        *release(tmp_path, 1, "a", "b"),
        step("delete", "eu-logs", "aws:s3/bucket:Bucket", {"bucket": "x"}),
        step("replace", "eu-m7g", "aws:ec2/instance:Instance", {"instanceType": "m7g.large"}, {"instanceType": "m7g.medium"}),
    ]  # fmt: skip
    text = summary(tmp_path, *steps, DONE)
    assert "look closely: data at risk (1), instance replaced (1)**; 1 other steps." in text
    assert (
        text.index("**data at risk**") < text.index("**instance replaced**") < text.index("**restart behind")
    )
    assert "US dollars a month" in text.splitlines()[1]


def test_a_preview_that_fails_says_why_and_one_that_was_killed_says_so(tmp_path: Path) -> None:
    text = summary(tmp_path, said("error", "./main.go:4: undefined: x"))
    assert "cannot be brought up: 1 error.** Nothing would be changed." in text.splitlines()[1]
    assert "undefined: x" in text
    assert "the preview broke off" in summary(tmp_path, step("same", "a", INSTALLATION))


def test_a_broken_rule_and_a_warning_are_findings(tmp_path: Path) -> None:
    open_bucket = step(
        "create",
        "eu-b",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        None,
        {"blockPublicAcls": False},
    )
    text = summary(
        tmp_path, configured(protected="true"), open_bucket, said("warning", "disk is small"), DONE
    )
    assert "2 findings" in text.splitlines()[1]
    assert "eu-b" in text and "- `disk is small`" in text


def test_an_object_of_a_cluster_is_shown_line_by_line(tmp_path: Path) -> None:
    old, new = {"spec": {"replicas": 2}}, {"spec": {"replicas": 3}}
    text = summary(
        tmp_path, step("update", "shop", "kubernetes:apps/v1:Deployment", old, new, changed=["spec"]), DONE
    )
    assert "`Deployment shop`" in text and "-  replicas: 2\n+  replicas: 3" in text
