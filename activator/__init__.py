"""What runs on a host: the activator, and the templates of what it installs."""
