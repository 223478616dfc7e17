"""Decisions as plain functions and frozen values. Nothing here imports pulumi, reads configuration or changes the world."""
