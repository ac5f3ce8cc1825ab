"""Routes of agents: who owns them, when they run, and what is said to them."""

from examples.fastapi_service.sessions import Reading, TheEngine, Writing
from examples.fastapi_service.shapes import (
    Agent,
    AgentIn,
    Key,
    Message,
    Number,
    ScheduleIn,
    Thread,
    ThreadIn,
    User,
    UserIn,
)
from fastapi import APIRouter, WebSocket
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime
from sqlalchemy import RowMapping

from database_api.agent_host import agent_book, people, talk
from database_api.errors import LayerError
from database_api.sessions import SessionFactory, make_sessionmaker

router = APIRouter(tags=["agents"])


@router.post("/users", response_model=User)
def arrive(session: Writing, who: UserIn) -> RowMapping:
    return people.arrive(session, people.Arrival(**who.model_dump()))


@router.post("/agents", status_code=201, response_model=Agent)
def create(session: Writing, new: AgentIn) -> RowMapping:
    return agent_book.create_agent(session, agent_book.NewAgent(**new.model_dump()))


@router.get("/agents", response_model=list[Agent])
def many(session: Reading, owner_id: Number | None = None) -> list[RowMapping]:
    return agent_book.get_agents(session, owner_id=owner_id)


@router.get("/agents/due", response_model=list[Agent])
def due(session: Reading, at: AwareDatetime) -> list[RowMapping]:
    return agent_book.get_due_agents(session, at)


@router.get("/agents/{agent_id}", response_model=Agent)
def one(session: Reading, agent_id: Key) -> RowMapping:
    return agent_book.get_agent(session, agent_id)


@router.put("/agents/{agent_id}/schedule", response_model=Agent)
def schedule(session: Writing, agent_id: Key, said: ScheduleIn) -> RowMapping:
    return agent_book.set_schedule(session, agent_id, said.schedule, said.next_run_at)


@router.delete("/agents/{agent_id}/schedule", response_model=Agent)
def unschedule(session: Writing, agent_id: Key) -> RowMapping:
    return agent_book.clear_schedule(session, agent_id)


@router.post("/agents/{agent_id}/threads", status_code=201, response_model=Thread)
def open_thread(session: Writing, agent_id: Key, new: ThreadIn) -> RowMapping:
    return talk.open_thread(session, agent_id, new.title, thread_type=new.thread_type)


@router.get("/threads/{thread_id}/messages", response_model=list[Message])
def messages(session: Reading, thread_id: Key) -> list[RowMapping]:
    return talk.get_messages(session, thread_id)


@router.websocket("/threads/{thread_id}/talk")
async def talk_on(socket: WebSocket, engine: TheEngine, thread_id: Key) -> None:
    """Every message has a session of its own: a socket lives long, a transaction must not."""
    factory = make_sessionmaker(engine)
    await socket.accept()
    async for content in socket.iter_text():
        try:
            said = await run_in_threadpool(_send, factory, thread_id, content)
        except LayerError as error:
            await socket.close(1008, str(error))
            return
        await socket.send_text(said)


def _send(factory: SessionFactory, thread_id: int, content: str) -> str:
    with factory() as session:
        sent = talk.send_message(session, thread_id, talk.NewMessage("user", content))
        return Message.model_validate(dict(sent)).model_dump_json()
