"""What may be asked of a build besides the code: build tags, and values for the program's variables."""

import re

# Of a constraint, these are for Go itself to decide: `go help buildconstraint`.
_SYSTEMS = {
    *(
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "js",
        "linux",
        "nacl",
        "netbsd",
    ),
    *("openbsd", "plan9", "solaris", "wasip1", "windows", "zos", "unix"),
    *("386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le"),
    *("riscv64", "s390x", "wasm"),
}
_VARIABLE = r"(main|[\w~-]+(\.[\w~-]+)*(/[\w.~-]+)*)\.[A-Za-z_]\w*"


def check_tag(tag: str) -> str:
    """The build tag; ValueError for what is none, or is not for a person to set."""
    if not re.fullmatch(r"[\w.]+", tag):
        raise ValueError(f"tag {tag!r} is none: allowed are letters, digits, _ and ., one tag for each entry")
    if tag in _SYSTEMS:
        raise ValueError(
            f"tag {tag!r} names a system, which follows from the hosts (Linux on amd64 or arm64): remove it"
        )
    if tag == "cgo":
        raise ValueError("tag 'cgo' cannot be had, since programs are built without cgo: remove it")
    if tag in ("race", "msan", "asan", "gc", "gccgo") or re.fullmatch(r"go1(\.\d+)?", tag):
        raise ValueError(f"tag {tag!r} is set by Go itself, with what it stands for: remove it")
    return tag


def check_variable(name: str, value: str) -> None:
    """ValueError unless `name` is as `main.commit`, and `value` can be handed to Go's linker."""
    if not re.fullmatch(_VARIABLE, name):
        raise ValueError(
            f"variable {name!r} is none: write its package and its name, as 'main.commit' or 'example.com/m/version.Commit'"
        )
    if re.search(r"[\n\r\0]", value) or ("'" in value and '"' in value):
        raise ValueError(
            f"variable {name!r} cannot have {value!r}: one line is allowed, with one kind of quotes at most"
        )
