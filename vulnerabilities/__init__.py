"""Known vulnerabilities of built binaries, by Go's own govulncheck. Not for deciding what becomes of them."""
