"""A person's keyring on disk: the format that keyrings/README.md specifies."""
