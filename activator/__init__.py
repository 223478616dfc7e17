"""What runs on a host: turns a release on, or puts the old one back. Standard library only, Python 3.9 and newer.

It knows releases: files, checks, packages, units and, for a service, two slots behind a proxy. It knows nothing of
fleets, clouds or building. Packed as `activator.pyz` into each bundle; states, exit codes and files: docs/activator.md.
"""
