"""The rules for schemas that only SQLite needs, one file each. No other engine has these traps."""

from sqlplumb.engines.sqlite.rules import (
    ambiguous_name,
    boolean_without_check,
    broken_trigger,
    double_quoted_string,
    foreign_key_target,
    money_in_float,
    nullable_primary_key,
    partial_index_predicate,
    unreadable_view,
)
from sqlplumb.findings import Rule

RULES: tuple[Rule, ...] = (
    nullable_primary_key.RULE,
    foreign_key_target.RULE,
    partial_index_predicate.RULE,
    boolean_without_check.RULE,
    ambiguous_name.RULE,
    double_quoted_string.RULE,
    money_in_float.RULE,
    unreadable_view.RULE,
    broken_trigger.RULE,
)
