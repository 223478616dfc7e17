"""Pulumi components, one noun per file. A component places things; what to place is decided in `model/`."""
