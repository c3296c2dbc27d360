"""Files on disk to blocks of quotes in file order, one class per kind of recording."""
