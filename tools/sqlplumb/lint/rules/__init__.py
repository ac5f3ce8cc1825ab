"""All the rules, in one list: S for schemas, P for plans, R for revisions, C for comments, and Q
for queries.

One rule, one file. A rule that only one engine needs is in that engine's folder.
"""

from sqlplumb.engines import ENGINES, engine
from sqlplumb.findings import Rule
from sqlplumb.lint.rules import (
    check_passes_null,
    constant_check,
    drop_column,
    drop_table,
    drop_without_data_step,
    duplicate_index,
    empty_index,
    enum_drift,
    foreign_key_type,
    foreign_key_without_index,
    full_scan,
    idle_ignore,
    ignore_without_reason,
    implied_check,
    large_rebuild,
    lossy_downgrade,
    lost_in_rebuild,
    missed_partial_index,
    missing_primary_key,
    narrowed_partial_index,
    narrowed_type,
    needless_reindex,
    never_true,
    not_backward_compatible,
    not_null_without_backfill,
    query_breaks,
    query_refused,
    redundant_index,
    refused_rows,
    rename_without_hint,
    select_star,
    timestamp_without_default,
    unnamed_constraint,
)

_GENERAL: tuple[Rule, ...] = (
    missing_primary_key.RULE,
    foreign_key_without_index.RULE,
    foreign_key_type.RULE,
    duplicate_index.RULE,
    redundant_index.RULE,
    check_passes_null.RULE,
    unnamed_constraint.RULE,
    timestamp_without_default.RULE,
    enum_drift.RULE,
    constant_check.RULE,
    empty_index.RULE,
    implied_check.RULE,
    drop_table.RULE,
    drop_column.RULE,
    narrowed_type.RULE,
    rename_without_hint.RULE,
    large_rebuild.RULE,
    refused_rows.RULE,
    not_null_without_backfill.RULE,
    not_backward_compatible.RULE,
    lossy_downgrade.RULE,
    needless_reindex.RULE,
    drop_without_data_step.RULE,
    narrowed_partial_index.RULE,
    lost_in_rebuild.RULE,
    ignore_without_reason.RULE,
    idle_ignore.RULE,
    query_refused.RULE,
    query_breaks.RULE,
    select_star.RULE,
    never_true.RULE,
    missed_partial_index.RULE,
    full_scan.RULE,
)
_OF_ENGINES = (rule for name in ENGINES for rule in engine(name).rules())

RULES: tuple[Rule, ...] = tuple(
    sorted((*_GENERAL, *_OF_ENGINES), key=lambda rule: ("SPRCQ".index(rule.code[0]), rule.code))
)
