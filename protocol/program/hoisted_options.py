"""Options of the whole program are taken behind a verb too: they are moved in front of it.

What follows an option that takes a value is that value, what follows `--` is no option, and an
option that the verb has itself is the verb's.
"""

from collections.abc import Sequence

import click


def hoisted(words: Sequence[str], program: click.Group) -> list[str]:
    """Return the words of a command line with the program's own options first."""
    globals_ = _options_of(program)
    command: click.Command = program
    own = globals_
    front: list[str] = []
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        name, equals, _ = word.partition("=")
        option = own.get(name) or globals_.get(name)
        if option is None:
            if isinstance(command, click.Group) and not word.startswith("-"):
                command = command.commands.get(word, click.Command(None))
                own = _options_of(command)
            rest.append(word)
            continue
        is_moved = command is not program and name not in own
        taken = front if is_moved else rest
        taken.append(word)
        if not equals and not option.is_flag and left:
            taken.append(left.pop(0))
    return [*front, *rest]


def _options_of(command: click.Command) -> dict[str, click.Option]:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return {name: each for each in options for name in (*each.opts, *each.secondary_opts)}
