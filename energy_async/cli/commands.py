"""Commands that stand in one table and are loaded when they are called; options in groups."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from energy_async.cli.entry import version_line
from energy_async.cli.interrupt import Terminated, signals_raise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Command", "Group", "program", "with_options", "without"]


class Command(NamedTuple):
    """One command.

    Attributes:
        summary: What it does, in the list of commands: the first sentence of its docstring.
        where: Its function as `module:name`; or what gives the function.
    """

    summary: str
    where: str | Callable[[], Callable[..., None]]


class Group(NamedTuple):
    """Commands under a common name; `default` is the one that is meant where none is named."""

    summary: str
    commands: Mapping[str, Command | Group]
    default: str = ""


def program(
    root: Callable[..., None], name: str, commands: Mapping[str, Command | Group]
) -> TyperGroup:
    """Make a program of its commands; `root` is what it does before any of them."""
    return _filled(_group(name, _unwrapped(root), completion=True), commands)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Make each field of a parameter that is a dataclass an option of the command.

    Such a field is annotated as a parameter of a typer command is. The command gets `--verbose`
    besides, and where a signal ends it, it ends in one line.
    """
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for one in inspect.signature(command, eval_str=True).parameters.values():
        if dataclasses.is_dataclass(one.annotation):
            groups[one.name] = one.annotation
            parameters += _options_of(one.annotation)
        else:
            parameters.append(one.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    def call(*, verbose: bool, **values: Any) -> None:  # noqa: ANN401 - of any command
        from energy_async.cli import notes  # noqa: PLC0415 - needs more than `--help` does

        if verbose:
            notes.log_verbosely()
        warnings.showwarning = notes.show_warning  # until `entry.run` puts it back
        warnings.simplefilter("always", notes.ProvisionalEndpointWarning)
        try:
            with signals_raise():
                for name, kind in groups.items():
                    fields = [field.name for field in dataclasses.fields(kind)]
                    values[name] = kind(**{field: values.pop(field) for field in fields})
                command(**values)
        except KeyboardInterrupt as end:
            raise typer.Exit(notes.say_ended(terminated=isinstance(end, Terminated))) from None

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__signature__ = inspect.Signature([*parameters, _VERBOSE])  # type: ignore[attr-defined]
    return call


def without(command: Callable[..., None], *names: str) -> Callable[..., None]:
    """Give a command without some of its options: those that would mean nothing to it."""
    signature = inspect.signature(command, eval_str=True)
    kept = [one for name, one in signature.parameters.items() if name not in names]

    def call(**values: Any) -> None:  # noqa: ANN401 - of any command
        command(**values)

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return call


class _Deferred(TyperCommand):
    """Stands in the list of commands; what it does is loaded when it is called."""

    def __init__(self, name: str, command: Command) -> None:
        super().__init__(name, help=command.summary, rich_markup_mode=None)
        self._where = command.where

    def make_context(self, info_name: str | None, *args: Any, **extra: Any) -> Any:  # noqa: ANN401
        """Begin the command, as typer asks for it."""
        function = self._where() if callable(self._where) else _named(self._where)
        app = _new(str(self.name))
        app.command(self.name, help=_unwrapped(function))(with_options(function))
        return typer.main.get_command(app).make_context(info_name, *args, **extra)


def _filled(group: TyperGroup, commands: Mapping[str, Command | Group]) -> TyperGroup:
    for name, one in commands.items():
        group.commands[name] = (
            _Deferred(name, one)
            if isinstance(one, Command)
            else _filled(_group(name, one.summary, default=one.default), one.commands)
        )
    return group


class _WithDefault(TyperGroup):
    """A group of which one command is meant where none is named."""

    default = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as click has it
        """Put the default in front of what names no command and asks for no help."""
        is_named = not args or args[0] in {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if is_named else [self.default, *args])


def _group(name: str, about: str, *, completion: bool = False, default: str = "") -> TyperGroup:
    app = _new(name, completion=completion)
    if default:
        app.info.cls = type("Group", (_WithDefault,), {"default": default})
    app.callback(help=about)(_with_version if completion else _nothing)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)  # noqa: S101 - since it has a callback
    return group


def _new(name: str, *, completion: bool = False) -> typer.Typer:
    """Make an application that leaves errors to `entry.run`."""
    return typer.Typer(
        name=name,
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _named(where: str) -> Callable[..., None]:
    module, _, name = where.partition(":")
    found: Callable[..., None] = getattr(import_module(module), name)
    return found


def _options_of(kind: Any) -> Iterator[inspect.Parameter]:  # noqa: ANN401 - any dataclass
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        required = field.default is dataclasses.MISSING
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if required else field.default,
            annotation=hints[field.name],
        )


def _unwrapped(function: Callable[..., object]) -> str:
    """Give a docstring with its paragraphs unwrapped, for any width of terminal."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _print_version(context: typer.Context, wanted: bool) -> None:  # noqa: FBT001 - typer passes it so
    if wanted:
        typer.echo(version_line(str(context.info_name)))
        raise typer.Exit


def _with_version(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _nothing() -> None:
    pass


_VERBOSE = inspect.Parameter(
    "verbose",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, typer.Option("--verbose", "-v", help="Log to standard error; secrets are masked.")
    ],
)
