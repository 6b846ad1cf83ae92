"""Pictures in S3. Browsers send them there, and fetch them there or from a CDN, by addresses for a few minutes."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from grocery.cdn import Cdn

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What browsers show, and none that can hold a script, as SVG can.
TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
PUT_SECONDS = 300
GET_SECONDS = 900


class AvatarError(Exception):
    """What can't be had; the text can be shown to anyone."""


@dataclass(frozen=True)
class Upload:
    """Where a browser puts one picture, and the headers that it has to send: they are signed too."""

    key: str
    url: str
    headers: dict[str, str]
    seconds: int = PUT_SECONDS


def client() -> "S3Client":
    # By the bucket's own name in the region's domain: addresses in the global one lead elsewhere for new buckets, and a
    # signature doesn't go along. An endpoint of one's own, as tests have it, may know no such names.
    style: Literal["auto", "virtual"] = (
        "auto" if os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL_S3") else "virtual"
    )
    return boto3.session.Session().client(
        "s3",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            # boto3's own limits are a minute each, and five tries.
            connect_timeout=3,
            read_timeout=5,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )


class Avatars:
    def __init__(self, s3: "S3Client", bucket: str, most_bytes: int, cdn: Cdn | None = None) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._cdn = cdn
        self.most_bytes = most_bytes

    def upload(self, person: int, content_type: str, size: int) -> Upload:
        """Type and size are signed: S3 refuses a picture of another type or size under this address."""
        self._check(content_type, size)
        key = f"people/{person}/{uuid4().hex}.{TYPES[content_type]}"
        url = self._s3.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, "ContentType": content_type, "ContentLength": size},
            ExpiresIn=PUT_SECONDS,
        )
        return Upload(key, url, {"Content-Type": content_type})

    def accept(self, person: int, key: str) -> None:
        """Looks at what lies there: only a picture of this person's that keeps to the limits is taken."""
        if not key.startswith(f"people/{person}/"):
            raise AvatarError("that is not a picture of this person's")
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as e:
            if e.response["Error"]["Code"] in ("404", "NoSuchKey", "403"):
                raise AvatarError("there is no such picture; upload it first") from e
            raise
        self._check(found["ContentType"], found["ContentLength"])

    def _check(self, content_type: str, size: int) -> None:
        if content_type not in TYPES:
            raise AvatarError(f"a picture has to be one of: {', '.join(TYPES)}")
        if not 1 <= size <= self.most_bytes:
            raise AvatarError(f"a picture may have up to {self.most_bytes} bytes, and one at least")

    def url(self, key: str) -> str:
        if self._cdn:
            return self._cdn.url(key, GET_SECONDS)
        return self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=GET_SECONDS
        )

    def probe(self) -> str:
        """Writes an object and deletes it: what a role has to allow. Gives "ok", or what is wrong."""
        key = f"probes/{uuid4().hex}"
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"probe", ContentType="text/plain")
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        except ClientError as e:
            return f"refused: {e.response['Error']['Code']}"
        except BotoCoreError as e:
            return f"can't be reached ({type(e).__name__})"
        return "ok"
