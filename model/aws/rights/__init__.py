"""What whoever deploys must be allowed on AWS: the calls by which each type is made, changed, read and deleted, and on what."""
