"""The option `--processor` -> a processor, run from exactly the bytes that were hashed."""

import importlib
import inspect
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from protocol.checks import declarations_misfit
from protocol.declaration import Declaration
from protocol.errors import SettingsError
from protocol.limits import MAX_PARAMETERS_CHARS, MAX_PROCESSORS
from protocol.program.import_blocker import allow_imports
from protocol.program.processor_source import ProcessorSource, processor_source
from protocol.result_folder import ERRORS, MIDS, TABLE
from zmid.processors.computing import Loaded
from zmid.processors.processor import Processor

OWN: Final = (MIDS, ERRORS, TABLE)
"""What `zreplay.results` calls our own outputs."""


def load(texts: Sequence[str]) -> list[Loaded]:
    """Load the processors that these options name; their code runs with the rights of the user.

    Raises:
        SettingsError: one cannot be loaded, or they cannot run side by side.
    """
    if len(texts) > MAX_PROCESSORS:
        raise _invalid(f"{len(texts)} processors were named, {MAX_PROCESSORS} at most run at once")
    allow_imports()  # a processor may use what we ourselves do not
    loaded = [_loaded(text) for text in texts]
    declarations = tuple(each.declaration for each in loaded)
    outputs = sum(len(each.outputs) for each in declarations)
    for each in declarations:
        for output in each.outputs:
            if output.name.lower() in OWN:
                raise _invalid(f"{output.name} is the name of a file of ours: choose another")
    if problem := declarations_misfit(declarations, outputs):
        raise _invalid(problem)
    return loaded


def _loaded(text: str) -> Loaded:
    source = processor_source(text)
    try:
        found = getattr(_module(source), source.name, None)
    except SettingsError:
        raise
    except (Exception, SystemExit) as error:
        raise _invalid(f"{source.path} cannot be loaded: {_in_words(error, source)}") from None
    if not isinstance(found, Processor):
        what = "has no" if found is None else f"has a {type(found).__name__} called"
        raise _invalid(f"{source.path} {what} {source.name}: declare it with @processor(Text(...))")
    parameters = _parameters(found, source)
    told = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    if len(ascii(told)) - 2 > MAX_PARAMETERS_CHARS or not told.isascii():
        raise _invalid(f"the parameters of {found.name} are not {MAX_PARAMETERS_CHARS} of ASCII")
    files = tuple(output.file for output in found.outputs)
    declaration = Declaration(found.name, source.digest(told), told, files)
    return Loaded(found, parameters, declaration, str(source.path))


def _module(source: ProcessorSource) -> ModuleType:
    """Return the module of a source; one that has a name is imported as any other."""
    if source.module is not None:
        return importlib.import_module(source.module)
    module = ModuleType(f"zmid_processor_{source.digest('').hex()}")
    module.__file__ = str(source.path)
    sys.modules[module.__name__] = module  # for what looks itself up there: dataclasses, pickle
    exec(compile(source.content, str(source.path), "exec"), module.__dict__)
    return module


def _parameters(found: Processor, source: ProcessorSource) -> dict[str, Any]:
    """Return the keyword-only arguments of the function: their defaults, or what was given.

    A value is read as the type of its default.
    """
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(found.compute).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    if unknown := source.arguments.keys() - defaults.keys():
        known = ", ".join(defaults) or "none"
        raise _invalid(f"{found.name} has no parameter {min(unknown)}: it has {known}")
    for name, default in defaults.items():
        if type(default) not in (int, float, str):
            raise _invalid(f"parameter {name} of {found.name} needs a default: int, float or str")
    try:
        given = {name: type(defaults[name])(text) for name, text in source.arguments.items()}
    except ValueError as error:
        raise _invalid(f"a parameter of {found.name}: {error}") from None
    return defaults | given


def _in_words(error: BaseException, source: ProcessorSource) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(source.path)]
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {error}"[:300] + place


def _invalid(what: str) -> SettingsError:
    return SettingsError(what, code="Z215")
