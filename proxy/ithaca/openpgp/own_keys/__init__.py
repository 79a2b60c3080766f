"""Keys of our own: made, prolonged, renewed, revoked, protected.

The law of this room: values in, values out; clock and randomness are passed in, and nothing here reads or writes files.
What changes is said as packets that are added (`keyholder.Change`): no signature that was ever made is taken back or
rewritten, so every state of a key that somebody has merges with every other.
"""
