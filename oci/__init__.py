"""Verified binaries as a container image: layers, an index over them, and bringing both to a registry. Not for what runs them."""
