"""A base image's digest follows everything that the image is made from."""

from pathlib import Path

import pytest

from lab import cache, kind
from lab import image as images
from lab.architecture import Architecture, native


@pytest.fixture
def own_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the recipe that a test may change."""
    script = tmp_path / "customise.sh"
    script.write_text(kind._CUSTOMISE.read_text())
    monkeypatch.setattr(kind, "_CUSTOMISE", script)
    return script


def digests() -> tuple[str, str]:
    return images.image(native()).digest, images.image(native().foreign).digest


def test_the_digest_is_the_same_as_long_as_nothing_changes(own_recipe: Path) -> None:
    assert digests() == digests()


def test_both_architectures_have_images_of_their_own() -> None:
    assert images.image(Architecture.AMD64).directory != images.image(Architecture.ARM64).directory


@pytest.mark.parametrize(
    ("name", "value"),
    [("PACKAGES", ("systemd",)), ("SUITE", "forky"), ("OPTIONS", ()), ("RECIPE_VERSION", 999)],
)
def test_another_package_list_suite_option_or_version_makes_new_images(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests()
    monkeypatch.setattr(kind if hasattr(kind, name) else images, name, value)
    assert all(old != new for old, new in zip(before, digests(), strict=True))


def test_a_change_to_the_script_makes_new_images(own_recipe: Path) -> None:
    before = digests()
    own_recipe.write_text(own_recipe.read_text() + "\n")
    assert all(old != new for old, new in zip(before, digests(), strict=True))


def test_another_disk_size_changes_only_the_image_that_is_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests()
    monkeypatch.setattr(images, "DISK_SIZE", "8G")
    after = digests()
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_the_cache_is_the_users_own_and_outside_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory("lab") == tmp_path / "slipway/lab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.directory("lab") == tmp_path / "home/.cache/slipway/lab"
