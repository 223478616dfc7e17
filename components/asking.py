"""How AWS is asked from this machine while a release waits."""

ASK = ".venv/bin/python -m targets"
"""From the project's folder, in which Pulumi starts its plugins: a path of one machine would change with whoever deploys."""
