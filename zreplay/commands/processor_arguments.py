"""The options of `run` about processors -> what its workers are told, and what the run is."""

from typing import Any, Final

from protocol.endpoint_check import check_bind_address, check_endpoint
from protocol.errors import SettingsError

PROCESSORS: Final = "zmid.processors.from_settings"


def processor_arguments(options: dict[str, Any]) -> list[str]:
    """Return what the workers are told of processors, beside what decides the lines."""
    if not options["processor"]:
        return []
    named = [part for each in options["processor"] for part in ("--processor", each)]
    checked = ("--check-processor", str(options["check_processor"]))
    return [*named, *checked, "--processor-limit", str(options["processor_limit"])]


def publish_arguments(options: dict[str, Any]) -> list[str]:
    """Return what the sink is told of publishing.

    Raises:
        SettingsError: it would have nothing to publish.
    """
    if not options["publish"]:
        return []
    if not options["table"]:
        raise SettingsError(
            "--publish sends the rows of the table of mids, and there is none",
            fix="add --table",
            code="Z203",
        )
    check_endpoint(options["publish"])
    check_bind_address(options["publish"], bool(options["insecure"] or options["key"]))
    return ["--publish", options["publish"], *(["--insecure"] if options["insecure"] else [])]


def key_arguments(options: dict[str, Any]) -> list[str]:
    """Return what the sink is told of keys: all else in a run is reached by its user alone."""
    return [
        part
        for name in ("key", "allowed")
        if options[name]
        for part in (f"--{name}", options[name])
    ]


def preload_of(options: dict[str, Any]) -> tuple[str, ...]:
    """Return what the workers will import of ours; the code of a user is not loaded here."""
    return (PROCESSORS,) if options["table"] or options["processor"] else ()


def processors_in_words(options: dict[str, Any]) -> list[str]:
    """Return what each processor is: not where it is, but its name, parameters and source.

    Raises:
        SettingsError: a source cannot be read, or there is nothing to compute.
    """
    if options["no_mid"] and (options["table"] or not options["processor"]):
        raise SettingsError("--no-mid leaves nothing to compute", fix="name a --processor")
    if not options["processor"]:
        return []
    from protocol.program.processor_source import processor_source  # hashes, packages: 20 ms

    sources = map(processor_source, options["processor"])
    return [f"--processor {source.in_words()}" for source in sources]
