"""Clusters of EKS that the program makes: the one place where what is of AWS and what is of Kubernetes meet."""
