"""Machines that are there already."""
