"""What is known of places, prompts, and jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "location_metadata",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("details", postgresql.JSONB, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location_metadata.id"), nullable=False),
        sa.Column("prompt_id", sa.Integer, sa.ForeignKey("prompts.id"), nullable=False),
        sa.Column("status", sa.String(10), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("content_key", sa.String),
        sa.Column("error", sa.String),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("finished_at", MOMENT),
    )
    op.create_index("ix_jobs_status", "jobs", ["status"])
