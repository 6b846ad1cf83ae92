"""Has one restore at a time, and one of each content: a lock and a record for each dump, in S3.

Both are written only where they are as they were read (If-Match) or not there yet (If-None-Match), so that of two who
write at once one is told. A lock belongs to an execution of the state machine; when that doesn't run any more, whatever
ended it, the next one takes the lock over.
"""

import json
import os
from datetime import datetime, timezone

LOCK = "lock.json"


def handler(event, context):
    """What Lambda calls: {"action": "claim" or "unlock", "execution": ARN, "dump": the state's data}."""
    import boto3

    claims = Claims(boto3.client("s3"), boto3.client("stepfunctions"), os.environ["DUMPS_BUCKET"])
    return getattr(claims, {"claim": "claim", "unlock": "unlock"}[event["action"]])(event["execution"], event["dump"])


class Changed(Exception):
    """Somebody else wrote it meanwhile; the step is tried again."""


class Claims:
    def __init__(self, s3, stepfunctions, bucket):
        self.s3 = s3
        self.stepfunctions = stepfunctions
        self.bucket = bucket

    def claim(self, execution, dump):
        """Says whether to go on: {"outcome": "claimed", "restored", "held" or "done"}.

        restored: it was, and now is asked to be promoted too. held: another restore runs. done: nothing is left to do.
        """
        holder, tag = self._read(LOCK)
        other = holder.get("execution")
        if other not in (None, execution) and self._runs(other):
            return {"outcome": "held", "by": other}
        if other != execution:
            self._write(LOCK, {"execution": execution, "dump": dump["id"], "since": now()}, tag)
        key = f"claims/{dump['id']}.json"
        record, tag = self._read(key)
        if record.get("state") in ("restored", "promoted"):
            if record["sha256"] != dump["sha256"]:
                raise ValueError(f"two dumps begin with {dump['id']}")
            if record["state"] == "promoted" or not dump["promote"]:
                self._let_go(execution)
                return {"outcome": "done", "by": record["execution"]}
            return {"outcome": "restored", "by": record["execution"]}
        self._write(key, self._record("begun", execution, dump), tag)
        return {"outcome": "claimed", "by": execution}

    def unlock(self, execution, dump):
        """Writes down how it ended and lets the next one in; again, where that was done already."""
        holder, _ = self._read(LOCK)
        if holder.get("execution") != execution:
            return {"outcome": "not held"}
        state = "failed" if "error" in dump else "promoted" if "promoted" in dump else "restored"
        key = f"claims/{dump['id']}.json"
        _, tag = self._read(key)
        self._write(key, self._record(state, execution, dump), tag)
        self.s3.put_object(
            Bucket=self.bucket,
            Key=f"results/{dump['id']}.json",
            Body=text({**dump, "outcome": state, "execution": execution, "at": now()}),
            ContentType="application/json",
        )
        self._let_go(execution)
        return {"outcome": state}

    def _record(self, state, execution, dump):
        return {
            "state": state,
            "execution": execution,
            "sha256": dump["sha256"],
            "key": dump["key"],
            "version": dump["version"],
            "at": now(),
        }

    def _let_go(self, execution):
        holder, tag = self._read(LOCK)
        if holder.get("execution") == execution:
            self._write(LOCK, {}, tag)

    def _runs(self, execution):
        try:
            return self.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
        except self.stepfunctions.exceptions.ExecutionDoesNotExist:
            return False

    def _read(self, key):
        """What is there and its tag; nothing, and no tag, where it isn't."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
        except self.s3.exceptions.NoSuchKey:
            return {}, None
        return json.loads(found["Body"].read()), found["ETag"]

    def _write(self, key, content, tag):
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=text(content), ContentType="application/json", **condition
            )
        except self.s3.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409, 412):
                raise Changed(f"{key} was changed by another execution meanwhile") from None
            raise


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(content):
    return json.dumps(content, sort_keys=True).encode()
