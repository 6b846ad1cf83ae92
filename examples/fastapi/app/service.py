"""The HTTP side of it."""

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import create_engine, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app import jobs, storage
from app.models import Job, Location, Prompt, Status
from app.outside import Gemini, OutsideError, Tavily
from app.settings import Settings

log = logging.getLogger(__name__)

# As S3 takes them, whatever their letters.
Key = Annotated[str, Path(min_length=1, max_length=256)]

Named = TypeVar("Named", Location, Prompt)

# What a process keeps open, and what it adds in a rush. Two colors of two workers are four processes, and a
# db.t3.micro takes about 80 connections.
POOL = {"pool_size": 4, "max_overflow": 6, "pool_timeout": 10, "pool_pre_ping": True}
CONNECT = {"connect_timeout": 5, "application_name": "location-content"}


class Services:
    """What requests and jobs work with; lives as long as the process serves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = create_engine(settings.database_url, connect_args=CONNECT, **POOL)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        s3 = storage.client()
        self.content = storage.Bucket(s3, settings.content_bucket)
        self.artifacts = storage.Bucket(s3, settings.artifacts_bucket)
        self.tavily = Tavily(settings.tavily_url, settings.tavily_api_key)
        self.gemini = Gemini(settings.gemini_url, settings.gemini_api_key, settings.gemini_model)
        self.worker = jobs.Worker(self.sessions, self.tavily, self.gemini, self.content, self.artifacts)

    def close(self) -> None:
        self.worker.stop()
        self.tavily.close()
        self.gemini.close()
        self.engine.dispose()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


WithServices = Annotated[Services, Depends(_services)]


def _session(services: WithServices) -> Iterator[Session]:
    with services.sessions() as session:
        yield session


WithSession = Annotated[Session, Depends(_session)]


def _known(services: WithServices, authorization: Annotated[str, Header()] = "") -> None:
    token = services.settings.api_token
    if token is not None and not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer"})


# --- for whoever watches it ------------------------------------------------------------------------------------------

watched = APIRouter()


@watched.get("/health")
async def health() -> dict[str, str]:
    """Says that this process answers. It asks nobody else: a database that is away is no reason to restart it."""
    return {"status": "ok"}


@watched.get("/health/deep")
def deep_health(services: WithServices) -> JSONResponse:
    """Says whether the database and the bucket do what they are needed for. The log has the reason in full."""

    def database() -> None:
        with services.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    checks = {}
    for name, check in (("database", database), ("bucket", services.content.probe)):
        try:
            check()
        except Exception as e:  # whatever it is, this check has failed
            log.exception("health: %s", name)
            checks[name] = type(e).__name__
        else:
            checks[name] = "ok"
    well = all(result == "ok" for result in checks.values())
    return JSONResponse({"status": "ok" if well else "failed", "checks": checks}, 200 if well else 503)


@watched.get("/version")
async def version(services: WithServices) -> dict[str, str]:
    return {"release": services.settings.release}


# --- what it is for --------------------------------------------------------------------------------------------------

api = APIRouter(dependencies=[Depends(_known)])


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class LocationIn(BaseModel):
    details: dict[str, str] = {}


class LocationOut(Answer):
    name: str
    details: dict[str, str]
    updated_at: datetime


class PromptIn(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=20_000)


class PromptOut(Answer):
    id: int
    name: str
    text: str
    created_at: datetime


class JobIn(BaseModel):
    location: str
    prompt: str


class JobOut(Answer):
    id: int
    status: Status
    attempts: int
    content_key: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class ContentIn(BaseModel):
    text: str = Field(max_length=1_000_000)


class SourceOut(Answer):
    title: str
    url: str
    content: str


@api.put("/locations/{name}")
def put_location(name: str, given: LocationIn, session: WithSession) -> LocationOut:
    values = insert(Location).values(name=name, details=given.details)
    known = values.on_conflict_do_update(
        index_elements=["name"], set_={"details": values.excluded.details, "updated_at": text("now()")}
    )
    location = session.scalars(known.returning(Location)).one()
    session.commit()
    return LocationOut.model_validate(location)


@api.get("/locations/{name}")
def get_location(name: str, session: WithSession) -> LocationOut:
    return LocationOut.model_validate(_named(session, Location, name))


@api.post("/prompts", status_code=201)
def post_prompt(given: PromptIn, session: WithSession) -> PromptOut:
    unknown = jobs.unknown_placeholders(given.text)
    if unknown is None:
        raise HTTPException(422, "text: a $ that is no placeholder is written $$")
    if unknown:
        known = ", ".join(f"${name}" for name in sorted(jobs.PLACEHOLDERS))
        raise HTTPException(422, f"text: there is no ${', $'.join(unknown)}; there are {known}")
    prompt = Prompt(name=given.name, text=given.text)
    session.add(prompt)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, f'there is a prompt "{given.name}" already') from None
    session.refresh(prompt)
    return PromptOut.model_validate(prompt)


@api.get("/prompts")
def get_prompts(session: WithSession) -> list[PromptOut]:
    return [PromptOut.model_validate(prompt) for prompt in session.scalars(select(Prompt).order_by(Prompt.id))]


@api.post("/jobs", status_code=202)
def post_job(given: JobIn, session: WithSession) -> JobOut:
    location = _named(session, Location, given.location)
    prompt = _named(session, Prompt, given.prompt)
    job = Job(location_id=location.id, prompt_id=prompt.id)
    session.add(job)
    session.commit()
    session.refresh(job)
    return JobOut.model_validate(job)


@api.get("/jobs/{number}")
def get_job(number: int, session: WithSession) -> JobOut:
    job = session.get(Job, number)
    if job is None:
        raise HTTPException(404, f"there is no job {number}")
    return JobOut.model_validate(job)


def _named(session: Session, kind: type[Named], name: str) -> Named:
    found = session.scalar(select(kind).where(kind.name == name))
    if found is None:
        raise HTTPException(404, f'there is no {kind.__name__.lower()} "{name}"')
    return found


@api.put("/content/{key:path}", status_code=204)
def put_content(key: Key, given: ContentIn, services: WithServices) -> None:
    services.content.put(key, given.text)


@api.get("/content/{key:path}", response_class=PlainTextResponse)
def get_content(key: Key, services: WithServices) -> str:
    found = services.content.get(key)
    if found is None:
        raise HTTPException(404, f'there is no content "{key}"')
    return found


@api.delete("/content/{key:path}", status_code=204)
def delete_content(key: Key, services: WithServices) -> None:
    services.content.delete(key)


@api.get("/search")
def search(services: WithServices, q: Annotated[str, Query(min_length=1, max_length=400)]) -> list[SourceOut]:
    """Asks Tavily, and keeps nothing."""
    return [SourceOut.model_validate(source) for source in services.tavily.search(q)]


# --- the application -------------------------------------------------------------------------------------------------


def create_app(settings: Settings) -> FastAPI:
    """Makes the application; it reaches for nothing before it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = Services(settings)
        app.state.services = services
        services.worker.start()
        yield
        # In a thread: the answers that are still under way are not kept waiting by a job.
        await run_in_threadpool(services.close)

    app = FastAPI(title="Location content", version=settings.release, lifespan=lifespan)

    @app.middleware("http")
    async def say_release(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["X-Release"] = settings.release
        return response

    @app.exception_handler(OutsideError)
    async def outside_failed(_: Request, error: OutsideError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 502)

    @app.exception_handler(DataError)
    async def not_kept(_: Request, __: DataError) -> JSONResponse:
        return JSONResponse({"detail": "a value is too long, too large, or no text that a database keeps"}, 422)

    @app.exception_handler(OperationalError)
    async def database_away(_: Request, error: OperationalError) -> JSONResponse:
        log.error("the database can't be used: %s", error.orig)
        return JSONResponse({"detail": "the database can't be used now"}, 503)

    app.include_router(watched)
    app.include_router(api)
    return app
