"""Binaries that were built before and lie in a store, by digest."""

from typing import Annotated

from pydantic import Field

from model.setting import Setting


class StoredArtifact(Setting):
    """One that another stack has verified: its binaries are installed, and nothing is built."""

    store: Annotated[str, Field(min_length=1)]
    """A directory, such as one of a file server, relative to the project or below `~`."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Of the statement that names all its files by their digests."""
