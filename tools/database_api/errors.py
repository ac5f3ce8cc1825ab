"""What this layer refuses, as one tree.

    LayerError                 500
    ├── NoDatabase             500  no URL is set, it cannot be used, or its driver is not there
    ├── NotComplete            500  there are tables, but not all that schema.sql makes
    ├── NotWriting             500  a change was asked of a session that only reads
    ├── WrongValue             422  a value that the schema does not know; also a ValueError
    ├── NotFound               404  nothing has this key; also a LookupError
    ├── Conflict               409  it was done before, or what was said before contradicts it
    ├── NotEnoughCredits       402  an account would fall below zero
    └── ResetRefused           403  not in development; also a PermissionError

``status_code`` is what a web service answers; nothing here knows of any framework.  What a
database refuses by itself (a foreign key, a lock) stays SQLAlchemy's own error.
"""


class LayerError(Exception):
    """The root: whoever catches this has all that this layer raises by itself."""

    status_code = 500


class NoDatabase(LayerError):
    """There is nothing to connect to."""


class NotComplete(LayerError):
    """Something of schema.sql is missing in a database that has other tables."""


class NotWriting(LayerError):
    """A session that began without the write lock was asked to change something."""


class WrongValue(LayerError, ValueError):
    """A value that has no place here."""

    status_code = 422


class NotFound(LayerError, LookupError):
    """No row has this key."""

    status_code = 404


class Conflict(LayerError):
    """What is there already forbids it."""

    status_code = 409


class NotEnoughCredits(LayerError):
    """More was asked for than the account has."""

    status_code = 402


class ResetRefused(LayerError, PermissionError):
    """Nothing was touched: ENVIRONMENT does not say that this is development."""

    status_code = 403
