"""The page in a real browser: it fits a phone and follows a dark screen. Chromium is Debian's, installed if it is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.prerequisites import install
from lab.progress import Progress
from tests.report.test_page import page, seen

PROGRAM = "chromium-headless-shell"
LOOK = """<script>
const wide = [...document.body.querySelectorAll("*")].filter((each) => !each.closest(".wide") && each.scrollWidth > innerWidth)
document.title = [
  document.documentElement.scrollWidth <= innerWidth, wide.length, getComputedStyle(document.body).backgroundColor,
]
</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    if not shutil.which(PROGRAM):
        if os.geteuid() or not shutil.which("apt-get"):
            pytest.skip(f"needs {PROGRAM}, and only root on Debian can have it installed by a test")
        said = install([PROGRAM], "a test", lambda: bool(shutil.which(PROGRAM)), Progress(quiet=True))
        assert shutil.which(PROGRAM), said
    return PROGRAM


def looked_at(browser: str, folder: Path, width: int, text: str) -> list[str]:
    file = folder / "page.html"
    file.write_text(text.replace("</body>", f"{LOOK}</body>"))
    words = [
        browser,
        "--no-sandbox",
        "--disable-gpu",
        f"--window-size={width},900",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    (title,) = re.findall("<title>(.*?)</title>", done.stdout)
    return title.split(",", 2)


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_wider_than_the_screen(browser: str, tmp_path: Path, width: int) -> None:
    long = seen(differs=("/etc/systemd/system/" + "averylongname" * 12 + " was changed",))
    assert looked_at(browser, tmp_path, width, page(long))[:2] == ["true", "0"]


def test_a_dark_screen_gets_a_dark_page(browser: str, tmp_path: Path) -> None:
    light = page(seen())
    dark = light.replace("(prefers-color-scheme: dark)", "(min-width: 1px)")
    assert looked_at(browser, tmp_path, 800, light)[2] == "rgb(255, 255, 255)"
    assert looked_at(browser, tmp_path, 800, dark)[2] == "rgb(18, 22, 28)"
