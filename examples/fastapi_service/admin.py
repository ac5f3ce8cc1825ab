"""What only developers may do. The guard is database_api's own: there is none here to forget."""

from enum import StrEnum

from examples.fastapi_service.sessions import TheEngine
from fastapi import APIRouter

from database_api.reset import clear_data, reset_database

router = APIRouter(prefix="/admin", tags=["admin"])


class Reset(StrEnum):
    FULL_REBUILD = "full_rebuild"
    CLEAR_DATA = "clear_data"


@router.post("/reset-database")
def reset(engine: TheEngine, kind: Reset = Reset.FULL_REBUILD) -> dict[str, Reset]:
    """Drops all tables and makes them anew, or deletes all rows but those of users."""
    if kind is Reset.FULL_REBUILD:
        reset_database(engine)
    else:
        clear_data(engine)
    return {"reset": kind}
