"""`python -m zmid`."""

from zmid.cli import main

if __name__ == "__main__":
    main()
