"""Built binaries in a store, by digest and signed, so that one stack installs what another has verified."""
