"""Reports for machines: GitHub's commands, SARIF, GitLab's code quality, JUnit's XML.

    report_of_check     comparisons and what could not be read -> Report
    report_of_findings  what rules found -> Report
    report_of_proofs    proofs -> Report
    report_of_failure   an error that ended the command -> Report
    rendered            Report -> text in one of FORMATS

A `Report` is what all of them show. Each format knows nothing of commands, and a command nothing
of formats.
"""

from collections.abc import Callable, Mapping

from sqlplumb.render.reports.github import github
from sqlplumb.render.reports.gitlab import code_quality
from sqlplumb.render.reports.junit import junit
from sqlplumb.render.reports.report import (
    Case,
    Report,
    case_of_comparison,
    report_of_check,
    report_of_failure,
    report_of_findings,
    report_of_proofs,
)
from sqlplumb.render.reports.sarif import sarif

__all__ = [
    "Case",
    "Report",
    "case_of_comparison",
    "rendered",
    "report_of_check",
    "report_of_failure",
    "report_of_findings",
    "report_of_proofs",
]


def rendered(report: Report, format: str) -> str:
    """Return the report in this format."""
    formats: Mapping[str, Callable[[Report], str]] = {
        "github": github,
        "gitlab": code_quality,
        "junit": junit,
        "sarif": sarif,
    }
    return formats[format](report)
