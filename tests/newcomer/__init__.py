"""README followed word by word in a Debian that has nothing but Python and git (``python -m newcomer``)."""
