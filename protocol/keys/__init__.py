"""Who may take part over a network: CURVE keys, their roles, and what is refused.

role.py          which role may connect to which socket
key.py           a key, and its text
allowed.py       the public keys that are let in
key_source.py    a key from a file, a variable or a descriptor
guard.py         whoever listens asks it who is let in
handshakes.py    whoever connects asks it whether it was refused
"""
