"""Speed and memory, by hand: ``PYTHONPATH=tests python -m bench`` (README.md)."""
