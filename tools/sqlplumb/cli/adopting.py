"""The command for a database that nobody versioned: adopt, and the bridges to a revision.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.applying import answer_page, apply_options, page_templates
from sqlplumb.cli.options import Command, add_plan_options, add_upgrade_options, read_settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.adopt import AdoptOptions
    from sqlplumb.config import Settings

_MEANT_FOR = {
    "message": ("revise",),
    "style": ("revise",),
    "target_version": ("revise",),
    "instant": ("revise",),
    "allow": ("revise", "through"),
    "backup": ("through",),
    "no_backup": ("through",),
}


def _adopt_options(parser: ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="sqlite:///path, or env:NAME")
    parser.add_argument(
        "--as",
        dest="revision",
        default="",
        metavar="REV",
        help="hold it against this one; default: the end of the history",
    )
    bridges = parser.add_mutually_exclusive_group()
    bridges.add_argument(
        "--revise",
        action="store_true",
        help="write a proved revision, beside the history, that leads to REV from what it is",
    )
    bridges.add_argument(
        "--through", default="", metavar="FILE", help="run what --revise wrote, and adopt"
    )
    add_upgrade_options(parser, dry_run="write nothing")
    parser.add_argument("-m", "--message", default="", help="of what --revise writes")
    parser.add_argument("--style", choices=("batch", "sql", "ops"), help="default: as configured")
    add_plan_options(parser)


def _adopt(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.adopt import AdoptOptions

    _refuse_meaningless(arguments)
    settings = read_settings(arguments)
    if arguments.through:
        return _cross_bridge(arguments, settings, out)
    from sqlplumb.cli.console import line_progress

    options = AdoptOptions(
        settings=settings,
        revision=arguments.revision,
        wait=arguments.wait,
        dry_run=arguments.dry_run,
        whole=arguments.format != "text",
        progress=line_progress(out.quiet),
    )
    if arguments.revise:
        return _write_bridge(arguments, options, out)
    return _stamp(arguments, options, out)


def _refuse_meaningless(arguments: Namespace) -> None:
    """Refuse an option that nobody heeds: it is a mistake."""
    from sqlplumb.errors import Problem, WrongInput

    given = {name for name, value in vars(arguments).items() if value}
    for name, others in _MEANT_FOR.items():
        if name in given and given.isdisjoint(others):
            needed = " or ".join(f"--{other}" for other in others)
            message = f"--{name.replace('_', '-')} means nothing without {needed}"
            raise WrongInput(Problem(message, "`sqlplumb adopt --help` says what belongs together"))
    if arguments.revise and arguments.dry_run:
        message = "--dry-run means nothing with --revise, which changes no database"
        raise WrongInput(Problem(message, "what it writes is there to be looked at"))


def _stamp(arguments: Namespace, options: AdoptOptions, out: Console) -> int:
    from dataclasses import replace
    from functools import partial

    from sqlplumb.commands.adopt import adopt
    from sqlplumb.errors import Refused
    from sqlplumb.render import receipts

    templates = page_templates(arguments, options.settings)
    progress = out.stage(options.progress)
    options = replace(options, progress=progress)
    work = (adopt(url, options) for url in [arguments.url])
    (adoption,) = out.watched("", work)
    out.warnings(adoption.warnings)
    if adoption.problem:
        out.problems(Refused(adoption.problem))
    if arguments.format == "json":
        out.answer(receipts.adoption_as_json(adoption))
    elif arguments.format in ("md", "html"):
        from sqlplumb.render.receipt_pages import adoption_page

        page = partial(adoption_page, adoption, arguments.format)
        return max(adoption.exit_code, answer_page(out, page, templates))
    elif not (out.quiet and adoption.outcome == "adopted already"):
        out.answer(receipts.adoption_report(adoption, out.palette))
    return adoption.exit_code


def _write_bridge(arguments: Namespace, options: AdoptOptions, out: Console) -> int:
    from functools import partial

    from sqlplumb.commands.adopt import unversioned_database
    from sqlplumb.commands.bridge import BridgeOptions, write_bridge
    from sqlplumb.commands.losses import allowance
    from sqlplumb.render import receipts

    templates = page_templates(arguments, options.settings)
    database = unversioned_database(arguments.url, options)
    bridge_options = BridgeOptions(
        style=arguments.style or options.settings.style,
        allow=allowance(arguments.allow),
        message=arguments.message,
        version=arguments.target_version,
        instant=arguments.instant,
    )
    written = write_bridge(database, bridge_options)
    out.warnings(written.warnings)
    if arguments.format in ("md", "html"):
        from sqlplumb.render.receipt_pages import bridge_page

        page = partial(
            bridge_page,
            written.path,
            written.proof,
            name=database.name,
            allowed=arguments.allow,
            format=arguments.format,
        )
        return answer_page(out, page, templates)
    is_json = arguments.format == "json"
    report = receipts.bridge_as_json if is_json else receipts.bridge_report
    out.answer(report(written.path, written.proof, name=database.name, allowed=arguments.allow))
    return 0


def _cross_bridge(arguments: Namespace, settings: Settings, out: Console) -> int:
    from dataclasses import replace
    from functools import partial
    from pathlib import Path

    from sqlplumb.commands.bridge import cross_bridge
    from sqlplumb.render import receipts

    templates = page_templates(arguments, settings)
    options = apply_options(arguments, settings, in_silence=out.quiet, create=False)
    progress = out.stage(options.progress)
    options, file = replace(options, progress=progress), Path(arguments.through)
    work = (cross_bridge(url, file, options) for url in [arguments.url])
    (receipt,) = out.watched("", work)
    out.warnings(receipt.warnings)
    if receipt.error:
        out.problems(receipt.error)
    if arguments.format == "json":
        out.answer(receipts.receipts_as_json([receipt]))
    elif arguments.format in ("md", "html"):
        from sqlplumb.render.receipt_pages import receipts_page

        page = partial(receipts_page, [receipt], arguments.format)
        return max(receipt.exit_code, answer_page(out, page, templates))
    else:
        out.answer(receipts.receipt_report(receipt, out.palette))
    return receipt.exit_code


ADOPT = Command(
    help="stamp a database that nobody versioned, if it is plumb",
    about="Holds a database that create_all() or a person made against the history, shows what"
    " differs, and writes down at which revision it is only where nothing does.",
    options=_adopt_options,
    run=_adopt,
)
