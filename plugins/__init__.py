"""Pulumi plugins of ours, in place of those that no package registry has."""
