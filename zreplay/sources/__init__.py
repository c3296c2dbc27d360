"""One file per kind of source; each yields column blocks and a cursor."""
