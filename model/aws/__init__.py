"""AWS: networks, instances, load balancers."""
