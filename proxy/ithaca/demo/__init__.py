"""The story of README's first command, on an embedded ISP."""
