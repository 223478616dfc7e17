"""Building from a directory: what comes out is static, reproducible and never stale."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gobuild import elf, proof, toolchain
from gobuild.refusal import Refused
from model.architecture import Architecture
from tests.gobuild.go_services import MAIN, PROJECT, Builder, write_service

NATIVE = next(each for each in Architecture if each.uname == platform.machine())


def sums(result: dict) -> dict[str, str]:
    return {name: artifact["sha256"] for name, artifact in result["artifacts"].items()}


def run(result: dict) -> str:
    """What the native binary prints."""
    path = PROJECT / result["artifacts"][NATIVE.value]["path"]
    return subprocess.run([path], capture_output=True, text=True, check=True, timeout=60).stderr.strip()


def test_every_architecture_asked_for_and_no_other_is_built(builder, committed):
    for wanted in (["arm64"], ["amd64", "arm64"]):
        result = builder.good({"source": str(committed), "architectures": wanted})
        assert list(result["artifacts"]) == wanted
        for name, artifact in result["artifacts"].items():
            data = Path(artifact["path"]).read_bytes()
            assert artifact["sha256"] == hashlib.sha256(data).hexdigest()
            assert artifact["size"] == len(data)
            assert elf.read(data).machine == Architecture(name).elf_machine
    assert result["goVersion"] == toolchain.find().version


def test_the_binary_runs_and_knows_its_version(builder, committed):
    result = builder.good({"source": str(committed)})
    assert run(result) == result["version"]


@pytest.mark.timeout(900)  # a build with a cache that has nothing
def test_two_directories_and_two_go_caches_give_the_same_bytes(tmp_path):
    results = []
    for place, own in (("here", {}), ("some/where/else", {"GOCACHE": str(tmp_path / "cache")})):
        source = tmp_path / place / "service"
        shutil.copytree(PROJECT / "examples" / "greeter", source)
        spec = {"source": str(source), "architectures": [NATIVE.value]}
        results.append(sums(Builder(tmp_path / place / "out").good(spec, **own)))
    assert results[0] == results[1]


def test_an_unchanged_second_build_gives_the_same_files_untouched(builder, committed):
    spec = {"source": str(committed)}
    first = builder.good(spec)
    inodes = [Path(each["path"]).stat().st_ino for each in first["artifacts"].values()]
    assert builder.good(spec) == first
    assert [Path(each["path"]).stat().st_ino for each in first["artifacts"].values()] == inodes


def test_go_takes_the_kept_binary_as_up_to_date(builder, committed, tmp_path):
    first = builder.good({"source": str(committed)})
    copy = tmp_path / "svc"
    shutil.copy2(first["artifacts"]["arm64"]["path"], copy)
    inode = copy.stat().st_ino
    flags = ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w -X main.version={first['version']}"]
    arguments = ["build", *flags, "-o", str(copy), "."]
    go = toolchain.find()
    assert go.run(arguments, directory=committed, GOARCH="arm64", GOARM64="v8.0").returncode == 0
    assert copy.stat().st_ino == inode, "Go linked again, so an unchanged build is slow"


def test_a_changed_line_gives_another_binary_and_changing_it_back_gives_the_first(builder, committed):
    spec = {"source": str(committed)}
    first = builder.good(spec)
    (committed / "main.go").write_text(MAIN.replace("println(version)", 'println("other")'))
    assert run(builder.good(spec)) == "other"
    (committed / "main.go").write_text(MAIN)
    assert builder.good(spec) == first


def test_a_changed_embedded_file_is_never_served_stale(builder, service):
    (service / "main.go").write_text(
        'package main\n\nimport _ "embed"\n\n'
        "//go:embed word.txt\nvar word string\n\nfunc main() { println(word) }\n"
    )
    for word in ("one", "two"):
        (service / "word.txt").write_text(word)
        assert run(builder.good({"source": str(service)})) == word


def test_a_change_in_a_local_replacement_is_never_served_stale(builder, service):
    other = service.parent / "other"
    other.mkdir()
    (other / "go.mod").write_text("module example.com/other\n\ngo 1.27\n")
    (service / "go.mod").write_text(
        "module svc\n\ngo 1.27\n\nrequire example.com/other v0.0.0\n\nreplace example.com/other => ../other\n"
    )
    (service / "main.go").write_text(
        'package main\n\nimport "example.com/other"\n\nfunc main() { println(other.Word) }\n'
    )
    versions = set()
    for word in ("one", "two"):
        (other / "other.go").write_text(f'package other\n\nconst Word = "{word}"\n')
        result = builder.good({"source": str(service)})
        assert run(result) == word
        versions.add(result["version"])
    assert len(versions) == 2, "the replacement is part of the version too"


def test_a_changed_go_mod_is_never_served_stale(builder, committed):
    before = sums(builder.good({"source": str(committed)}))
    (committed / "go.mod").write_text("module svc\n\ngo 1.20\n")  # older language: other run-time defaults
    after = sums(builder.good({"source": str(committed)}))
    assert before["amd64"] != after["amd64"]


def test_a_kept_binary_that_was_damaged_is_built_again(builder, committed):
    spec = {"source": str(committed)}
    first = builder.good(spec)
    path = Path(first["artifacts"]["amd64"]["path"])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1  # Go's own check reads the build id alone and would not see this
    path.write_bytes(data)
    assert builder.good(spec) == first
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first["artifacts"]["amd64"]["sha256"]


def test_the_level_decides_the_binary_and_is_recorded_in_it(builder, committed):
    base = builder.good({"source": str(committed)})
    higher = builder.good({"source": str(committed), "levels": {"amd64": "v3", "arm64": "v8.2"}})
    assert not set(sums(base).values()) & set(sums(higher).values())


def test_the_users_go_flags_play_no_part_and_one_sentence_says_which_setting_would(builder, committed):
    plain = builder.good({"source": str(committed)})
    surroundings = {"GOFLAGS": "-v -tags=x -race", "GOARCH": "riscv64", "GOAMD64": "v4", "CGO_ENABLED": "1"}
    built = builder.good({"source": str(committed)}, **surroundings)
    assert (built["version"], built["artifacts"]) == (plain["version"], plain["artifacts"])
    told = {sentence.partition("=")[0]: sentence for sentence in built["warnings"]}
    assert set(told) == set(surroundings)
    assert "GOFLAGS=-tags=x -race is set" in told["GOFLAGS"]
    assert "'service.tags' for -tags" in told["GOFLAGS"]
    assert "'service.levels'" in told["GOAMD64"]
    assert "without cgo" in told["CGO_ENABLED"]


def test_the_users_go_settings_file_cannot_change_the_binary_either(builder, committed, tmp_path):
    plain = builder.good({"source": str(committed)})
    settings = tmp_path / "goenv"
    settings.write_text("GOFLAGS=-tags=x\nGOAMD64=v4\nGOEXPERIMENT=arenas\n")
    built = builder.good({"source": str(committed)}, GOENV=str(settings), GOFLAGS="")
    assert built["artifacts"] == plain["artifacts"]
    assert [sentence.partition("=")[0] for sentence in built["warnings"]] == [
        "GOFLAGS",
        "GOEXPERIMENT",
        "GOAMD64",
    ]


def test_flags_that_change_no_program_are_not_worth_a_word(builder, committed):
    flags = "-buildvcs=false -mod=readonly --modcacherw -p=1"
    assert (
        builder.good({"source": str(committed)}, GOFLAGS=flags, CGO_ENABLED="0", GOWORK="off")["warnings"]
        == []
    )


def test_the_bill_of_materials_is_made_from_the_commits_time_and_never_changes(builder, committed, tmp_path):
    result = builder.good({"source": str(committed)})
    path = Path(result["artifacts"]["arm64"]["sbom"])
    assert json.loads(path.read_text())["creationInfo"]["created"] == "2024-05-06T07:08:09Z"
    again = Builder(tmp_path / "elsewhere").good({"source": str(committed)})
    assert Path(again["artifacts"]["arm64"]["sbom"]).read_bytes() == path.read_bytes()


def test_source_date_epoch_sets_the_time_of_the_bill_of_materials(builder, committed):
    result = builder.good({"source": str(committed)}, SOURCE_DATE_EPOCH="86400")
    document = json.loads(Path(result["artifacts"]["amd64"]["sbom"]).read_text())
    assert document["creationInfo"]["created"] == "1970-01-02T00:00:00Z"


def test_old_binaries_are_pruned_and_what_a_killed_build_left_goes_too(builder, service):
    shelf = builder.out / "svc" / "amd64-v1"
    abandoned = shelf / ".unfinished-killed"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    last = {}
    for number in range(7):
        (service / "main.go").write_text(MAIN.replace("version)", f"{number})"))
        last = builder.good({"source": str(service), "architectures": ["amd64"]})
    assert not abandoned.exists()
    kept = list(shelf.iterdir())
    assert len(kept) == 5
    assert Path(last["artifacts"]["amd64"]["path"]).parent in kept


def test_two_builds_at_the_same_time_agree(builder, committed):
    command = [sys.executable, "-m", "gobuild"]
    spec = json.dumps(
        {
            "name": "svc",
            "source": str(committed),
            "architectures": ["amd64", "arm64"],
            "out": str(builder.out),
        }
    )
    running = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = {each.communicate(spec)[0] for each in running}
    assert [each.returncode for each in running] == [0, 0, 0]
    assert len(outputs) == 1


@pytest.fixture
def native_binary(builder, committed) -> Path:
    return Path(builder.good({"source": str(committed)})["artifacts"]["amd64"]["path"])


def _changed(binary: Path, offset: int, value: bytes) -> Path:
    data = bytearray(binary.read_bytes())
    data[offset : offset + len(value)] = value
    copy = Path(tempfile.mkdtemp(dir=binary.parent.parent.parent.parent)) / "svc"
    copy.write_bytes(data)
    return copy


@pytest.mark.parametrize(
    ("offset", "value", "why"),
    [
        (18, b"\xb7\x00", r"machine is 183, not 62 \(EM_X86_64\)"),
        (16, b"\x01\x00", "type is 1"),
        (64, b"\x03", "program interpreter"),  # the first program header becomes PT_INTERP
        (0, b"MZ", "does not begin as an ELF"),
    ],
)
def test_a_binary_that_hosts_could_not_run_is_refused(native_binary, offset, value, why):
    with pytest.raises(Refused, match=why):
        proof.verify(_changed(native_binary, offset, value), Architecture.AMD64, "v1", toolchain.find())


def test_a_binary_of_another_level_is_refused(native_binary):
    with pytest.raises(Refused, match="GOAMD64=v1, not v3"):
        proof.verify(native_binary, Architecture.AMD64, "v3", toolchain.find())


def test_a_library_that_depends_on_others_is_refused_before_its_machine_is_trusted():
    library = next(Path("/usr/lib").glob("*-linux-gnu/libc.so.6"))
    with pytest.raises(Refused, match="not static"):
        proof.verify(library, NATIVE, "v1", toolchain.find())


def test_a_service_whose_package_is_not_at_the_root_is_built(builder, tmp_path):
    source = write_service(tmp_path / "many")
    (source / "cmd" / "svc").mkdir(parents=True)
    (source / "main.go").rename(source / "cmd" / "svc" / "main.go")
    from_root = builder.good({"source": str(source), "package": "./cmd/svc"})
    from_inside = builder.good({"source": str(source / "cmd" / "svc")})
    assert sums(from_root) == sums(from_inside)
