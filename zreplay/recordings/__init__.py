"""Files on disk to blocks of quotes in file order, one file per kind of recording."""
