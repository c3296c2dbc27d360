"""`python -m zreplay`."""

from zreplay.cli import main

if __name__ == "__main__":
    main()
