"""What a stack's regions cost a month, as far as that is fixed: `make cost`. Not for what depends on traffic."""
