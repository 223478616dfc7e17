"""Running a stack of AWS without an account: Pulumi's own engine, remote commands real, the cloud pretended."""
