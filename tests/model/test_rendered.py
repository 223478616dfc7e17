"""What a state keeps of the files on hosts."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from model import rendered

NAMES = st.text("abc/", min_size=1, max_size=5)


@given(st.dictionaries(st.text("0123", min_size=1), st.dictionaries(NAMES, st.text()), max_size=5))
def test_each_release_is_read_as_it_was_kept(releases: dict[str, dict[str, str]]) -> None:
    kept = rendered.kept(releases.items())
    assert {id: rendered.read(kept, id) for id in releases} == releases
    assert rendered.read(kept, "another") is None


def test_what_hosts_share_is_kept_once() -> None:
    kept = rendered.kept([("1", {"a": "same", "b": "one"}), ("2", {"a": "same", "b": "two"})])
    assert sorted(kept["texts"].values()) == ["one", "same", "two"]


def test_of_the_users_own_files_only_short_texts_are_kept() -> None:
    long, picture = b"x" * (rendered.LONGEST + 1), b"\x89PNG\xff"
    told = rendered.read_as_text(
        [("t", b"text", True), ("l", long, True), ("p", picture, True), ("u", long, False)], None
    )
    assert told["t"] == "text" and told["u"] == long.decode()
    assert told["l"] == f"(16,385 bytes, sha256 {hashlib.sha256(long).hexdigest()})\n"
    assert told["p"].startswith("(5 bytes, sha256 ")


def test_all_own_files_together_are_bounded() -> None:
    files = [(str(number), b"x" * rendered.LONGEST, True) for number in range(100)]
    kept = rendered.read_as_text(files, None).values()
    assert sum(len(text) for text in kept) <= rendered.MOST + 100 * 100
