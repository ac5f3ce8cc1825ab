"""The application: an engine, a check before the first request, and the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from examples.fastapi_service import admin, agents, tasks
from examples.fastapi_service.answers import add_answers
from examples.fastapi_service.ready import make_ready
from fastapi import FastAPI
from sqlalchemy import Engine

from database_api.sessions import default_engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """A worker whose database is not plumb ends here, and serves nothing."""
    make_ready(app.state.engine)
    yield
    app.state.engine.dispose()


def create_app(engine: Engine | None = None) -> FastAPI:
    """The application over this engine, or over DATABASE_URL."""
    app = FastAPI(title="Tasks and agents", lifespan=lifespan)
    app.state.engine = engine or default_engine()
    add_answers(app)
    for room in (tasks, agents, admin):
        app.include_router(room.router)
    return app
