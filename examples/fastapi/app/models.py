"""The tables. Migrations make them: see migrations/."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Identity, String, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Moment = TIMESTAMP(timezone=True)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, dict[str, str]: JSONB}  # noqa: RUF012  SQLAlchemy reads it so


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Location(Base):
    """What is known of a place."""

    __tablename__ = "location_metadata"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    details: Mapped[dict[str, str]]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Prompt(Base):
    """How to ask for a text: $location, $details and $sources stand for what a job knows."""

    __tablename__ = "prompts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Job(Base):
    """One text to write. A job whose worker is gone is taken again once its lease is over."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location_metadata.id"))
    prompt_id: Mapped[int] = mapped_column(ForeignKey("prompts.id"))
    status: Mapped[str] = mapped_column(String(10), server_default=Status.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(server_default="0")
    leased_until: Mapped[datetime | None]
    content_key: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]

    location: Mapped[Location] = relationship()
    prompt: Mapped[Prompt] = relationship()
