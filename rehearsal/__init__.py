"""The stand-in engine: runs the program without the Pulumi CLI. Not for production, not a Pulumi backend."""
