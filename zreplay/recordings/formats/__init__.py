"""Formats of recordings as data: one TOML file each, read at need, told by header or name.

To add one: a file beside this one, as `definition` reads it; `zreplay reference formats` lists it.
"""
