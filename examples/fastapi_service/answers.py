"""What goes wrong, as answers: the status that database_api says, and its words.

What is our own fault (500) goes on to the server's log, and nothing of it to the client.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from database_api.errors import LayerError


def refused(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, LayerError) else 500
    if status >= 500:
        raise error
    return JSONResponse({"detail": str(error)}, status)


def unstorable(_: Request, error: Exception) -> JSONResponse:
    """A value that is no JSON (NaN) or no text (half a character), found when it was stored."""
    if isinstance(error, DBAPIError):
        raise error
    reason = error.orig if isinstance(error, StatementError) else error
    return JSONResponse({"detail": f"this cannot be stored: {reason}"}, 422)


def busy(_: Request, error: Exception) -> JSONResponse:
    if "locked" not in str(error):
        raise error
    detail = "the database is busy: nothing was changed, ask again"
    return JSONResponse({"detail": detail}, 503, {"Retry-After": "1"})


def add_answers(app: FastAPI) -> None:
    """Hangs them onto the application."""
    app.add_exception_handler(LayerError, refused)
    app.add_exception_handler(StatementError, unstorable)
    app.add_exception_handler(UnicodeEncodeError, unstorable)
    app.add_exception_handler(OperationalError, busy)
