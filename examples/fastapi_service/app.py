"""The application: an engine, a check before the first request, and the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from examples.fastapi_service import admin, agents, tasks
from examples.fastapi_service.answers import add_answers
from examples.fastapi_service.ready import make_ready
from examples.fastapi_service.sessions import engine_of, engine_of_app
from fastapi import FastAPI
from sqlalchemy import Engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """A worker whose database is not plumb ends here, and serves nothing."""
    engine = engine_of_app(app)
    make_ready(engine)
    yield
    if engine_of not in app.dependency_overrides:  # a test's own is not ours to close
        engine.dispose()


def create_app(engine: Engine | None = None) -> FastAPI:
    """The application over this engine, or over DATABASE_URL, which is read when it starts."""
    app = FastAPI(title="Tasks and agents", lifespan=lifespan)
    app.state.engine = engine
    add_answers(app)
    for room in (tasks, agents, admin):
        app.include_router(room.router)
    return app
