"""Workers and sink: batches -> mids, and what processors compute -> ordered files."""

try:
    from protocol import OF_ZREPLAY as OF_ZREPLAY
except ImportError as error:
    raise ImportError(
        f"another `protocol` package hides the one installed with zmid: {error}: rename it, "
        "or uninstall the package that it belongs to and install zreplay again; "
        "`python -m` also finds what lies in the working folder, `python -P -m` does not"
    ) from None
