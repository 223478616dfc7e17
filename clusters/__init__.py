"""A cluster is asked beside Pulumi: how a rollout goes, what it keeps, and what is put back when a release is not well."""
