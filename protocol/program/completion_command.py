"""`completion`: the script that completes a program's commands, options and values in a shell."""

import click

from protocol.program.answer import give_answer

SHELLS = ("bash", "zsh", "fish")


def completion_command(program: click.Group) -> click.Command:
    """Return the command `completion` of a program."""
    name = program.name
    text = (
        f"Print what a shell needs to complete {name}.\n\n\b\nExamples:\n"
        f'  eval "$({name} completion bash)"                  in ~/.bashrc\n'
        f'  eval "$({name} completion zsh)"                   in ~/.zshrc\n'
        f"  {name} completion fish > ~/.config/fish/completions/{name}.fish"
    )

    @click.command("completion", help=text)
    @click.argument("shell", type=click.Choice(SHELLS), metavar="bash|zsh|fish")
    def completion(shell: str) -> None:
        from click.shell_completion import get_completion_class  # nothing else needs it

        kind = get_completion_class(shell)
        assert kind is not None
        give_answer(kind(program, {}, f"{name}", f"_{name}_COMPLETE".upper()).source())

    return completion
