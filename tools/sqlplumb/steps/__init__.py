"""What a change asks of a database. So far: whether stored data is lost by it."""

from __future__ import annotations

from sqlplumb.steps.loss import loses_data

__all__ = ["loses_data"]
