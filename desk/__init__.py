"""For whoever looks after a stack: `make status`, `logs`, `restart`, `shell`, `profile`. Without an engine and its state."""
