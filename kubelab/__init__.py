"""A real Kubernetes control plane on this machine, with pretended nodes. For trials and tests."""
