"""Load balancers asked whether they send requests to a machine, while a release waits for it."""
