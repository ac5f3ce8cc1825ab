"""Completion for bash, zsh and fish: a script that is made from the parsers of the commands.

A script holds every command, option and choice, and asks for nothing when it runs. What a value is
that has no choices, a shell completes as the name of a file.
"""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlplumb.cli.options import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    names: tuple[str, ...]
    help: str
    takes: int  # values
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What may stand behind a command; `places` are the choices of what is no option."""

    name: str
    help: str
    options: tuple[_Option, ...]
    places: tuple[str, ...] = ()


def script(shell: str, commands: dict[str, Command], everywhere: ArgumentParser) -> str:
    """Return the script for this shell."""
    listed = [_words(name, command, everywhere) for name, command in commands.items()]
    top = _Words(name="", help="", options=tuple(_options(everywhere._actions)))
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    return "\n".join(write(top, listed))


def _words(name: str, command: Command, everywhere: ArgumentParser) -> _Words:
    parser = ArgumentParser(prog=name)
    command.options(parser)
    places = [action for action in parser._actions if not action.option_strings]
    return _Words(
        name=name,
        help=command.help,
        options=tuple(_options([*parser._actions, *everywhere._actions])),
        places=tuple(str(choice) for action in places for choice in action.choices or ()),
    )


def _options(actions: Iterable[Action]) -> Iterator[_Option]:
    for action in actions:
        if action.option_strings and action.help != SUPPRESS:
            yield _Option(
                names=tuple(action.option_strings),
                help=(action.help or "").replace("%%", "%"),
                takes=_values(action),
                choices=tuple(map(str, action.choices or ())),
            )


def _values(action: Action) -> int:
    if action.nargs is None:
        return 1
    return action.nargs if isinstance(action.nargs, int) else 0


_BASH = """\
# sqlplumb completion bash > ~/.local/share/bash-completion/completions/sqlplumb
_sqlplumb_files() {
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$1"))
}
_sqlplumb() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
    local command="" word options="" places=""
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$word" in
            @names@) command="$word"; break ;;
        esac
    done
    case "$command $previous" in
@values@
    esac
    case "$command" in
@words@
    esac
    if [[ "$current" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    elif [[ -n "$places" ]]; then
        COMPREPLY=($(compgen -W "$places" -- "$current"))
    else
        _sqlplumb_files "$current"
    fi
}
complete -o filenames -o bashdefault -F _sqlplumb sqlplumb"""


def _bash(top: _Words, commands: list[_Words]) -> Iterator[str]:
    names = [command.name for command in commands]
    values, words = [], []
    for command in (top, *commands):
        for option in command.options:
            for name in option.names if option.takes else ():
                reply = '_sqlplumb_files "$current"'
                if option.choices:
                    choices = " ".join(option.choices)
                    reply = f'COMPREPLY=($(compgen -W "{choices}" -- "$current"))'
                values.append(f'        "{command.name} {name}") {reply}; return ;;')
        options = " ".join(name for option in command.options for name in option.names)
        places = " ".join(names if command is top else command.places)
        words.append(f'        "{command.name}") options="{options}" places="{places}" ;;')
    text = _BASH.replace("@names@", " | ".join(names))
    yield text.replace("@values@", "\n".join(values)).replace("@words@", "\n".join(words))


def _zsh(top: _Words, commands: list[_Words]) -> Iterator[str]:
    yield "#compdef sqlplumb"
    yield '# sqlplumb completion zsh > "${fpath[1]}/_sqlplumb"'
    yield "_sqlplumb() {"
    yield "    local context state state_descr line"
    yield "    typeset -A opt_args"
    yield "    _arguments -C \\"
    yield from (f"        {spec} \\" for option in top.options for spec in _specs(option))
    yield "        '1: :->command' '*:: :->rest'"
    yield '    case "$state" in'
    yield "        command)"
    yield "            local -a commands=("
    yield from (
        f"                {_quoted(f'{command.name}:{command.help}')}" for command in commands
    )
    yield "            )"
    yield "            _describe command commands ;;"
    yield "        rest)"
    yield '            case "${line[1]}" in'
    for command in commands:
        yield f"                {command.name})"
        yield "                    _arguments \\"
        specs = [spec for option in command.options for spec in _specs(option)]
        yield from (f"                        {spec} \\" for spec in specs)
        rest = f"({' '.join(command.places)})" if command.places else "_files"
        yield f"                        {_quoted(f'*: :{rest}')} ;;"
    yield "            esac ;;"
    yield "    esac"
    yield "}"
    yield 'if [ "${funcstack[1]}" = "_sqlplumb" ]; then'
    yield '    _sqlplumb "$@"'
    yield "else"
    yield "    compdef _sqlplumb sqlplumb"
    yield "fi"


def _specs(option: _Option) -> Iterator[str]:
    """Write it once for each of its names."""
    value = f"({' '.join(option.choices)})" if option.choices else "_files"
    for name in option.names:
        about = "".join(f"\\{sign}" if sign in "[]:\\" else sign for sign in option.help)
        yield _quoted(f"*{name}[{about}]" + f": :{value}" * option.takes)


def _fish(top: _Words, commands: list[_Words]) -> Iterator[str]:
    yield "# sqlplumb completion fish > ~/.config/fish/completions/sqlplumb.fish"
    names = " ".join(command.name for command in commands)
    yield f"set -l commands {names}"
    nothing = '-n "not __fish_seen_subcommand_from $commands"'
    for command in commands:
        yield f"complete -c sqlplumb {nothing} -f -a {command.name} -d {_fish_quoted(command.help)}"
    for command in (top, *commands):
        where = f'-n "__fish_seen_subcommand_from {command.name}"' if command.name else nothing
        for option in command.options:
            yield f"complete -c sqlplumb {where} {_fish_option(option)}"
        if command.places:
            yield f"complete -c sqlplumb {where} -f -a {_fish_quoted(' '.join(command.places))}"


def _fish_option(option: _Option) -> str:
    names = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    )
    value = ""
    if option.takes:
        value = f" -x -a {_fish_quoted(' '.join(option.choices))}" if option.choices else " -r -F"
    return f"{names}{value} -d {_fish_quoted(option.help)}"


def _quoted(text: str) -> str:
    """As zsh takes it."""
    inside = text.replace("'", "'\\''")
    return f"'{inside}'"


def _fish_quoted(text: str) -> str:
    inside = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{inside}'"
