"""Has a host do a step: sends it the document, with the token by which the host answers the state machine itself."""

import hashlib
import os

# For as long as a host may take to hear of it; the state's heartbeat is longer.
DELIVERY_SECONDS = 120


class NoHostOnline(Exception):
    """No host of the stack answers now; the step is tried again."""


def handler(event, context):
    """What Lambda calls: {"step", "execution", "token", "retry", "reason", "dump"}."""
    import boto3

    return send(boto3.client("ssm"), os.environ["STACK"], os.environ["DOCUMENT"], event)


def send(ssm, stack, document, event):
    """Sends the step to a host; to another one than before where it is tried again."""
    hosts = online(ssm, stack, event["execution"])
    refused = []
    for turn in range(len(hosts)):
        host = hosts[(int(event.get("retry", 0)) + turn) % len(hosts)]
        try:
            sent = ssm.send_command(
                DocumentName=document,
                InstanceIds=[host],
                Parameters=parameters(event),
                TimeoutSeconds=DELIVERY_SECONDS,
                Comment=f"dump {event['step']}",
            )
        except ssm.exceptions.InvalidInstanceId:
            refused.append(host)
            continue
        return {"host": host, "command": sent["Command"]["CommandId"]}
    raise NoHostOnline(
        f"no host of {stack} is online"
        + (f"; Systems Manager knows {', '.join(refused)} and can't send to them" if refused else "")
    )


def online(ssm, stack, execution):
    """The hosts that answer, in an order that is the same throughout an execution."""
    filters = [
        {"Key": "tag:slipway:stack", "Values": [stack]},
        {"Key": "PingStatus", "Values": ["Online"]},
    ]
    hosts, more = [], {}
    while True:
        page = ssm.describe_instance_information(Filters=filters, **more)
        hosts += [host["InstanceId"] for host in page["InstanceInformationList"] if host["PingStatus"] == "Online"]
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    return sorted(hosts, key=lambda host: hashlib.sha256(f"{execution} {host}".encode()).digest())


def parameters(event):
    """The document's parameters, which are texts in lists; what the step doesn't need is left to their defaults."""
    dump = event.get("dump", {})
    values = {
        "step": event["step"],
        **{name: dump.get(name, "") for name in ("id", "key", "version", "sha256", "format")},
        "gzip": str(dump["gzip"]).lower() if "gzip" in dump else "",
        "reason": event.get("reason", ""),
        "taskToken": event["token"],
        "actor": ("execution " + event["execution"].rsplit(":", 1)[-1])[:100],
    }
    return {name: [value] for name, value in values.items() if value}
