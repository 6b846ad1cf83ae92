"""What is kept in S3. Region and credentials come from the machine's role, as boto3 finds them."""

from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# boto3's own limits are a minute each, and five tries.
CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


def client() -> "S3Client":
    return boto3.session.Session().client("s3", config=CONFIG)


class Bucket:
    """One bucket, for texts."""

    def __init__(self, s3: "S3Client", name: str) -> None:
        self._s3 = s3
        self._name = name

    def put(self, key: str, text: str, content_type: str = "text/plain; charset=utf-8") -> None:
        self._s3.put_object(Bucket=self._name, Key=key, Body=text.encode(), ContentType=content_type)

    def get(self, key: str) -> str | None:
        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read().decode()
        except ClientError as e:
            if e.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._name, Key=key)

    def probe(self) -> None:
        """Writes an object, reads it and deletes it: all that a role has to allow."""
        key, text = f"probes/{uuid4()}", "probe"
        self.put(key, text)
        try:
            if self.get(key) != text:
                raise OSError(f"{key} reads otherwise than it was written")
        finally:
            self.delete(key)
