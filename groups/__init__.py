"""A group of instances that follows the load is brought to a release, in the deployer's hands: begun, watched, taken back."""
