"""Render templates with Jinja2: those of `templates`, and a project's own in their place.

The extension of a template says how text is escaped in it: its environment turns every value into
text of its format, unless the value is `Markup`, which is such text already. A template decides
nothing, and a name that it misspells is an error.

A template of a project may come with a pull request. It runs in a sandbox: it reads values, and
calls nothing but what is known to change nothing. It is not bounded in time or memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from markupsafe import Markup, escape

from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.places import Place
from sqlplumb.render.paint import visible

PACKAGE = Path(__file__).parent / "templates"
_PREFIX = "sqlplumb"
_FORMATS = {
    ".html": (".html", ".css"),
    ".css": (".css",),
    ".md": (".md",),
}  # what a project may have, by format
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_BEGINS = re.compile(r"^(\d*)([#+=.)\-])")  # a heading, a list
_FENCES = re.compile("`{3,}")
_LINKS = re.compile(r"@|#(?=\d)|:(?=//|[a-z0-9_+-]+:)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
# A line that is not inside a word is Markdown for bold, as a star is.
_STEERS_MERMAID = re.compile(r"""[#;"`<>&\\%{}*\n\r\t]|(?<![^\W_])_|_(?![^\W_])""")


def html(text: object) -> Markup:
    """Escape text for HTML and SVG, in as many lines as it has."""
    return escape(visible(str(text)))


def md(text: object) -> Markup:
    """Escape text for Markdown, on one line, so that it begins nothing.

    What GitHub itself makes links of is broken by an empty comment, which nobody sees.
    """
    escaped = _SPECIAL.sub(r"\\\1", _line(text)).replace("&", "&amp;")
    escaped = escaped.replace("<", "&lt;").replace(">", "&gt;")
    begun = _BEGINS.sub(r"\1\\\2", escaped)
    return Markup(_LINKS.sub(r"\g<0><!-- -->", begun))  # noqa: S704 (escaped)


def summary(text: object) -> Markup:
    """Escape text for the line of a folded section of Markdown, where Markdown means nothing."""
    return Markup(_LINKS.sub(r"\g<0><!-- -->", str(escape(_line(text)))))  # noqa: S704 (escaped)


def _line(text: object) -> str:
    return " ".join(visible(str(text)).split())


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of Markdown, whose fence is longer than any that stands in it."""

    language: str
    text: Markup

    @property
    def fence(self) -> Markup:
        longest = max(map(len, _FENCES.findall(self.text)), default=2)
        return Markup("`") * (longest + 1)


def fenced(language: str, text: str) -> Block:
    lines = "\n".join(visible(line) for line in text.splitlines())
    return Block(language, Markup(lines))  # noqa: S704 (nothing ends it but its fence)


def dot(text: object) -> Markup:
    """Escape text for DOT, between double quotes."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Markup(escaped)  # noqa: S704 (escaped)


def cell(text: object) -> Markup:
    """Escape text for a cell of a DOT table: it is XML, but a backslash escapes there too."""
    return escape(str(text).replace("\\", "\\\\"))


def mermaid(text: object) -> Markup:
    """Escape text for Mermaid, between double quotes, where a sign is written by its number."""
    escaped = _STEERS_MERMAID.sub(lambda match: f"#{ord(match[0])};", str(text))
    return Markup(escaped)  # noqa: S704 (escaped)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


_ESCAPES: dict[str, Callable[[object], Markup]] = {
    ".html": html,
    ".svg": html,
    ".css": html,
    ".md": md,
    ".dot": dot,
    ".mmd": mermaid,
    ".ini": Markup,  # what stands in these is no text of a schema
    ".sql": Markup,
}
_FILTERS: dict[str, Callable[..., Any]] = {
    "cell": cell,
    "grouped": lambda number: f"{number:,}",
    "rows": _rows,
    "short": lambda number: f"{number:g}",
    "summary": summary,
}


def render_page(file: str, folder: Path | None = None, /, **values: Any) -> Markup:
    """Render a template by its file name, or the one that `folder` of a project has for it."""
    environment = _environment(Path(file).suffix, folder)
    try:
        return Markup(environment.get_template(file).render(values))  # noqa: S704 (escaped)
    except Exception as error:
        if folder is not None and (refusal := _refusal(error, folder)):
            raise refusal from error
        raise


def project_templates(settings: Settings) -> Path | None:
    """Return the folder of a project's own templates, if its settings name one."""
    written = settings.review.templates
    if not written:
        return None
    root = settings.root.resolve()
    folder = (root / written).resolve()
    if not folder.is_relative_to(root):
        message = f"the folder of templates, {written}, lies outside of the project"
        raise WrongInput(Problem(message, f"name a folder of {root}"))
    if not folder.is_dir():
        message = f"the folder of templates, {written}, does not exist"
        raise WrongInput(Problem(message, f"make it, or name another folder of {root}"))
    return folder


@cache
def _environment(suffix: str, folder: Path | None) -> Environment:
    escaped = _ESCAPES[suffix]
    package = FileSystemLoader(PACKAGE)
    loader: BaseLoader = package
    if folder is not None:
        own = _ProjectLoader(folder, _FORMATS[suffix])
        loader = ChoiceLoader([own, PrefixLoader({_PREFIX: package}), package])
    kind: type[Environment] = Environment if folder is None else _Sandbox
    environment = kind(
        autoescape=True,  # a macro and a block return Markup, which is not escaped again
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),
        undefined=StrictUndefined,
        loader=loader,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=folder is not None,
    )
    del environment.globals["lipsum"]
    environment.filters |= _FILTERS
    return environment


class _LinkError(SecurityError):
    def __init__(self, message: str, file: Path) -> None:
        super().__init__(message)
        self.file = file


class _ProjectLoader(BaseLoader):
    """Loads the templates of one format from a folder, and no other file of the machine."""

    def __init__(self, folder: Path, suffixes: tuple[str, ...]) -> None:
        self.folder, self.suffixes = folder, suffixes

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        path = PurePosixPath(template)
        if path.is_absolute() or _is_hidden(path):
            raise SecurityError(f"{template} does not lie in the folder of templates")
        file = self.folder / path
        if path.suffix not in self.suffixes or not file.is_file():
            raise TemplateNotFound(template)
        real = file.resolve()
        is_inside = real.is_relative_to(self.folder) and real.suffix in self.suffixes
        if not is_inside or _is_hidden(real.relative_to(self.folder)):
            message = f"{template} is a link to what is no template of the folder"
            raise _LinkError(message, file)
        try:
            stamp, text = file.stat().st_mtime_ns, file.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError("it is no UTF-8", 1, template, str(file)) from error
        except OSError as error:
            raise TemplateSyntaxError(f"{error}", 1, template, str(file)) from error
        return text, str(file), lambda: file.is_file() and file.stat().st_mtime_ns == stamp


def _is_hidden(path: PurePath) -> bool:
    """Tell whether a part of the path is hidden, as .git is, or leads upwards."""
    return any(part.startswith(".") for part in path.parts)


_PLAIN = (str, list, tuple, dict, int, float, LoopContext, Cycler, Joiner, Namespace)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Lets a template call macros, blocks, and methods of text, lists and loops. Methods of other
    values may do something, so none is called."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        is_method = callable(value) and not isinstance(obj, (*_PLAIN, Macro, TemplateReference))
        return not is_method and super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:
        if isinstance(obj, Macro | BlockReference | LoopContext | Cycler | Joiner | Undefined):
            return True  # what is undefined says why, once it is called
        if any(obj is value for value in self.globals.values()):
            return True
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        return isinstance(owner, _PLAIN) and super().is_safe_callable(obj)


def _refusal(error: Exception, folder: Path) -> PlumbError | None:
    """Tell a mistake in a template of the project with its line; return None for one of ours."""
    if isinstance(error, TemplateSyntaxError) and error.filename:
        file, line = Path(error.filename), error.lineno
        if not file.is_relative_to(folder):
            return None
    else:
        frames, traceback = [], error.__traceback__
        while traceback is not None:
            path = Path(traceback.tb_frame.f_code.co_filename)
            if path.is_relative_to(folder):
                frames.append((path, traceback.tb_lineno))
            traceback = traceback.tb_next
        if isinstance(error, _LinkError):  # a template of ours may have asked for it
            frames = frames or [(error.file, 1)]
        if not frames:
            return None
        file, line = frames[-1]
    place = Place(os.path.relpath(file), line)
    # A link, or what a link leads to, is not shown.
    is_file = file.is_file() and not file.is_symlink()
    lines = file.read_text("utf-8", "replace").splitlines() if is_file else []
    excerpt = lines[line - 1] if line <= len(lines) else ""
    if isinstance(error, SecurityError):
        message = f"a template may not do this: {_said(error)}"
        advice = "a template lays out the values that it is given, and reaches no further"
        return Refused(Problem(message, advice, place=place, excerpt=excerpt))
    message = f"the template cannot be rendered: {_said(error)}"
    advice = "docs/guide/review.md lists the templates, their blocks and their values"
    return WrongInput(Problem(message, advice, place=place, excerpt=excerpt))


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name or error.message}"
    if isinstance(error, TemplateError):
        return (error.message or type(error).__name__).rstrip(".")
    return f"{type(error).__name__}: {error}"
