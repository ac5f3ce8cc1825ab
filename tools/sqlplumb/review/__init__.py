"""What is known of a revision that somebody must review, and the verdict on it.

Owns which facts make a verdict. It must never run anything, and never say how a page looks.
"""

from sqlplumb.review.reviewed import Live, Refusing, Reviewed
from sqlplumb.review.verdict import Level, Reason, Verdict, changes, comes_back, verdict, worst

__all__ = [
    "Level",
    "Live",
    "Reason",
    "Refusing",
    "Reviewed",
    "Verdict",
    "changes",
    "comes_back",
    "verdict",
    "worst",
]
