"""Commands against commands, timed side by side on this machine."""
