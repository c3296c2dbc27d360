"""How often a processor is checked, and how long it may take: what can be asked for."""

from typing import Final

from protocol.errors import SettingsError

LONGEST_PROCESSOR_SECONDS: Final = 86_400


def check_percentage(percent: float) -> None:
    """Raise SettingsError unless a share of batches can be checked."""
    if not 0 <= percent <= 100:
        raise SettingsError(
            f"--check-processor was {percent}, expected 0 to 100 percent", code="Z203"
        )


def check_limit(seconds: float) -> None:
    """Raise SettingsError unless a processor may take so long."""
    if not 0 < seconds <= LONGEST_PROCESSOR_SECONDS:
        raise SettingsError(
            f"--processor-limit was {seconds}, expected more than 0, "
            f"{LONGEST_PROCESSOR_SECONDS} seconds at most",
            code="Z203",
        )
