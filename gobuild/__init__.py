"""From a Go service to one verified, static, reproducible binary per architecture (`python -m gobuild`).

Not here: bundling, hosts, Pulumi.
"""
