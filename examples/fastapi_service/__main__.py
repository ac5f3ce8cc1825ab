"""python -m examples.fastapi_service: makes a new database, checks one that is there, serves."""

import os
import sys

import uvicorn
from examples.fastapi_service.app import create_app
from examples.fastapi_service.ready import make_ready

from database_api.errors import LayerError
from database_api.sessions import default_engine
from sqlplumb import PlumbError


def main() -> None:
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal():
        sys.exit(f"PORT is {port!r}, which is no number: write PORT=8000")
    try:
        make_ready(default_engine())
    except LayerError as error:
        sys.exit(str(error))
    except PlumbError as error:
        said = (f"{problem}\n  {problem.advice}" for problem in error.problems)
        sys.exit("\n".join(said))
    uvicorn.run(create_app(), host="127.0.0.1", port=int(port))


main()
