"""Clusters: what runs the service on Kubernetes."""
