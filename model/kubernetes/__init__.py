"""Clusters: what Kubernetes is told, as data."""
