"""The ways in which a build ends without a binary."""


class Refused(Exception):
    """The build cannot be done as asked; its text is one sentence that says why and what to do."""


class CompileFailed(Exception):
    """The Go command rejected the code; its text is the Go command's own lines."""
