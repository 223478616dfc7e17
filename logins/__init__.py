"""What can be known of a login before a connection is made: the private key's file, the SSH agent, where this machine
comes from. Never logs in."""
