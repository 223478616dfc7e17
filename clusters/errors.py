"""What goes wrong when a cluster is asked."""


class ClusterError(Exception):
    """One sentence. `status` is HTTP's, 0 where nobody answered."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def passing(self) -> bool:
        """Whether the same question may have another answer in a moment: nobody answered, too many asked, or something broke."""
        return self.status in (0, 429) or self.status >= 500
