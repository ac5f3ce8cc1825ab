"""The words that SQLite keeps for itself: bare, none of them is the name of a column."""

RESERVED = frozenset(
    """
    add all alter and as autoincrement between case check collate commit constraint create
    current_date current_time current_timestamp default deferrable delete distinct drop else end
    escape except exists false foreign from glob group having in index insert intersect into is
    isnull join like limit match not notnull null on or order primary references regexp returning
    select set table then to transaction true union unique update using values when where
    """.split()
)

# What the row number of an ordinary table may be called, in the order in which they are tried.
ROWID_NAMES = ("rowid", "_rowid_", "oid")

# Among them these may be columns all the same: SQLite sees from where they stand what is meant.
BARE_COLUMNS = frozenset(("end", "false", "glob", "like", "match", "regexp", "true"))
NO_NAME = RESERVED - BARE_COLUMNS
