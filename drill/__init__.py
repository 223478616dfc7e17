"""A region taken away on purpose: `make drill STACK=failover REGION=eu`, what users felt of it, and a dated report."""
