"""`sqlplumb adopt`: a database that nobody versioned, stamped only where it is plumb."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import apply_options, planning, progress, settings, upgrading

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.adopt import AdoptOptions
    from sqlplumb.config import Settings
    from sqlplumb.receipts import Adoption

HELP = "stamp a database that nobody versioned, if it is plumb"
ABOUT = (
    "Holds a database that create_all() or a person made against the history, shows what differs,"
    " and writes down at which revision it is only where nothing does."
)
_MEANT_FOR = {
    "message": ("revise",),
    "style": ("revise",),
    "target_version": ("revise",),
    "instant": ("revise",),
    "allow": ("revise", "through"),
    "backup": ("through",),
    "no_backup": ("through",),
}


def options(parser: ArgumentParser) -> None:
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
    upgrading(parser, dry_run="write nothing")
    parser.add_argument("-m", "--message", default="", help="of what --revise writes")
    parser.add_argument("--style", choices=("batch", "sql"), help="default: as configured")
    planning(parser)


def _refuse_what_means_nothing(arguments: Namespace) -> None:
    """An option that nobody heeds is a mistake."""
    from sqlplumb.errors import Problem, WrongInput

    said = {name: value for name, value in vars(arguments).items() if value}
    for name, needs in _MEANT_FOR.items():
        if name in said and not any(one in said for one in needs):
            with_what = " or ".join(f"--{one}" for one in needs)
            message = f"--{name.replace('_', '-')} means nothing without {with_what}"
            raise WrongInput(Problem(message, "`sqlplumb adopt --help` says what belongs together"))
    if arguments.revise and arguments.dry_run:
        message = "--dry-run means nothing with --revise, which changes no database"
        raise WrongInput(Problem(message, "what it writes is there to be looked at"))


def run(arguments: Namespace, out: Console) -> int:
    from dataclasses import replace

    from sqlplumb.commands.adopt import adopt

    _refuse_what_means_nothing(arguments)
    chosen = settings(arguments)
    if arguments.revise:
        return _write(arguments, chosen, out)
    if arguments.through:
        return _through(arguments, chosen, out)
    chosen_options = _options(arguments, chosen, out)
    told, stage = out.stage(chosen_options.progress)
    work = (adopt(url, replace(chosen_options, progress=told)) for url in [arguments.url])
    (done,) = out.watched("adopting", work, stage=stage)
    _tell(done, arguments, out)
    return done.exit_code


def _write(arguments: Namespace, chosen: Settings, out: Console) -> int:
    from sqlplumb.commands.adopt import case_of
    from sqlplumb.commands.bridge import BridgeOptions, write_bridge
    from sqlplumb.commands.losses import leave
    from sqlplumb.render import receipts

    case = case_of(arguments.url, _options(arguments, chosen, out))
    bridge = BridgeOptions(
        style=arguments.style or chosen.style,
        allow=leave(arguments.allow),
        message=arguments.message,
        version=arguments.target_version,
        instant=arguments.instant,
    )
    written = write_bridge(case, bridge)
    out.warnings(written.warnings)
    json = arguments.format == "json"
    told = receipts.bridge_as_json if json else receipts.bridge_report
    out.answer(told(written.path, written.proof, case.name, arguments.allow))
    return 0


def _through(arguments: Namespace, chosen: Settings, out: Console) -> int:
    from dataclasses import replace
    from pathlib import Path

    from sqlplumb.commands.bridge import cross_bridge
    from sqlplumb.render import receipts

    applying = apply_options(arguments, chosen, in_silence=out.quiet, create=False)
    told, stage = out.stage(applying.progress)
    applying, file = replace(applying, progress=told), Path(arguments.through)
    work = (cross_bridge(url, file, applying) for url in [arguments.url])
    (done,) = out.watched("adopting", work, stage=stage)
    out.warnings(done.warnings)
    if done.error:
        out.problems(done.error)
    json = arguments.format == "json"
    out.answer(
        receipts.receipts_as_json([done]) if json else receipts.receipt_report(done, out.palette)
    )
    return done.exit_code


def _options(arguments: Namespace, chosen: Settings, out: Console) -> AdoptOptions:
    from sqlplumb.commands.adopt import AdoptOptions

    return AdoptOptions(
        settings=chosen,
        revision=arguments.revision,
        wait=arguments.wait,
        dry_run=arguments.dry_run,
        whole=arguments.format == "json",
        progress=progress(out.quiet),
    )


def _tell(done: Adoption, arguments: Namespace, out: Console) -> None:
    from sqlplumb.errors import Refused
    from sqlplumb.render import receipts

    out.warnings(done.warnings)
    if done.problem:
        out.problems(Refused(done.problem))
    if arguments.format == "json":
        out.answer(receipts.adoption_as_json(done))
    elif not (out.quiet and done.outcome == "adopted already"):
        out.answer(receipts.adoption_report(done, out.palette))
