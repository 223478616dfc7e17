"""The one name before all regions: what is wanted of it, what it promises, and what would break the promise."""
