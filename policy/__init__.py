"""What every resource must be like, as one table of rules: for tests, for a Pulumi policy pack, for a page. Not for settings."""
