"""EKS: clusters of AWS that the program makes. What AWS and Kubernetes decide by themselves lies in their own folders."""
