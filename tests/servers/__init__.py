"""A provider made of Postfix and Dovecot, for tests and for trying Ithaca by hand (``python -m servers --help``)."""
