"""Throw-away Linux hosts on one's own machine, amd64 and arm64, for `make up`, tests and benchmarks; knows no services."""
