"""The rules that only PostgreSQL needs, one file each. No other engine has these traps."""

from sqlplumb.engines.postgres.rules import (
    comparison_with_null,
    constraint_not_valid,
    default_evaluated_once,
    definer_without_search_path,
    disabled_trigger,
    foreign_key_of_other_type,
    invalid_index,
    json_as_text,
    money_type,
    padded_text,
    policy_without_row_security,
    row_security_without_policy,
    serial_column,
    small_primary_key,
    small_sequence,
    timestamp_without_time_zone,
    varchar_limit,
)
from sqlplumb.findings import Rule

RULES: tuple[Rule, ...] = (
    timestamp_without_time_zone.RULE,
    serial_column.RULE,
    padded_text.RULE,
    json_as_text.RULE,
    varchar_limit.RULE,
    small_primary_key.RULE,
    default_evaluated_once.RULE,
    foreign_key_of_other_type.RULE,
    policy_without_row_security.RULE,
    definer_without_search_path.RULE,
    invalid_index.RULE,
    constraint_not_valid.RULE,
    money_type.RULE,
    small_sequence.RULE,
    comparison_with_null.RULE,
    row_security_without_policy.RULE,
    disabled_trigger.RULE,
)
