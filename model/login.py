"""Who logs in on machines, whoever made them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model.setting import HostKey, Setting


class Login(Setting):
    """Who logs in on the hosts: a user that is not root and may run `sudo -n`."""

    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "deploy"
    """Not root; may run `sudo -n`."""
    private_key_file: str | None = None
    """A path, relative to the project or from `~`; without one the SSH agent is asked."""
    public_key: HostKey | None = None
    """For machines that are made: the key that is let in. Left out: what stands in the file `<privateKeyFile>.pub`."""

    def key_path(self, project: Path) -> Path | None:
        """Where the private key stands, if one is named."""
        return project / Path(self.private_key_file).expanduser() if self.private_key_file else None

    @model_validator(mode="after")
    def _not_root(self) -> Self:
        if self.user == "root":
            raise ValueError("must not log in as root; make a user of its own that may run `sudo -n`")
        return self
