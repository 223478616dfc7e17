"""Text without what looks like a secret, wherever it stands. Pulumi's own secrets never come here: the engine masks them."""

from __future__ import annotations

import re

HIDDEN = "[secret]"
_NAME = r"\b\w{0,80}(?:password|passwd|passphrase|pwd|secret|token|credential|(?:api|access|account)_?key)\w{0,80}"
_QUOTE = r"(?:\\?[\"'])?"
_VALUE = r"(?:(?P<quote>\\?[\"'])(?:(?!(?P=quote))[^\n])+|[^\s\"',;\\{\[][^\s\"',;\\]{5,})"
"""All that stands between two quotes, or a word without any. A map or a list has names of its own."""
_USER = r"[^\s/@:\"']{0,200}:(?!\d+(?:[/?#]|$))"
"""Perhaps nobody. A port is no password."""
_RULES = (
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    # What says of itself that it is one.
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\w-]{10,}",
    r"\beyJ[\w-]{10,2000}\.[\w-]{10,2000}\.[\w-]*",
    r"(?P<kept>hooks\.slack\.com/services/)[^\s\"']+",
    r"(?i)(?P<kept>\bbearer +)[\w.~+/=-]{12,}",
    rf"(?i)(?P<kept>\bauthorization{_QUOTE}\s*[:=]\s*{_QUOTE}(?:\w+ +)?)[^\s\"',;]{{6,}}",
    # A URL's password reaches to the last @: of the text between quotes, or of the word. Long users are tokens.
    rf"(?P<kept>[\"'][^\"'\n]*?://{_USER})[^\"'\n]{{1,500}}(?P<end>@)",
    rf"(?P<kept>://{_USER})[^\s\"']{{1,500}}(?P<end>@)",
    r"(?P<kept>://)[^\s/@:\"']{16,500}(?P<end>@)",
    # The same without a scheme, as Go's driver of MySQL has it.
    rf"(?P<kept>(?<![^\s\"'=]){_USER})[^\s\"']{{1,500}}(?P<end>@(?:tcp|udp|unix)\()",
    # In quotes as a whole, as in Environment=, or to the end of the line, or to the next NAME=.
    rf"(?i)(?P<kept>(?P<around>[\"']){_NAME}=)(?:(?!(?P=around))[^\n])+",
    rf"(?i)(?P<kept>{_NAME}=)[^\s\"',;\\]+(?:[ \t]+(?![\w.-]+=|#)[^\s\"',;\\]+)+",
    rf"(?i)(?P<kept>{_NAME}{_QUOTE}\s*[=:]\s*){_VALUE}",
    # A container's environment: a name, and below it the value.
    rf"(?i)(?P<kept>\bname{_QUOTE}: {_QUOTE}{_NAME}{_QUOTE},?\s*[+-]?\s*{_QUOTE}value{_QUOTE}: ){_VALUE}",
)
# Lengths are bounded, so that a long line takes no time of its own.
_SECRETS = [re.compile(each) for each in _RULES]


def masked(text: str) -> str:
    """What looks like one is `[secret]`; the names and quotes around it stay."""
    for each in _SECRETS:
        text = each.sub(_instead, text)
    return text


def _instead(found: re.Match[str]) -> str:
    part = found.groupdict("")
    return f"{part.get('kept', '')}{part.get('quote', '')}{HIDDEN}{part.get('end', '')}"
