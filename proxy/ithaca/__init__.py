"""Ithaca: a local OpenPGP proxy for mail."""

__version__ = "0.1.0"
