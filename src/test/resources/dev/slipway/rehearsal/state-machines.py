"""moto's Step Functions, really executed: each task calls the rehearsal's endpoint, and says as which role it does.

As it is, moto's tasks call moto itself, as nobody in particular.
"""

import os
import uuid

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.stepfunctions.parser.asl.utils import boto_client

# As long as a state machine may wait for an answer: a function runs for a quarter of an hour at most.
ANSWER_SECONDS = 960


def client_of_role(region, service, state_credentials=None):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=os.environ["SLIPWAY_ENDPOINT"],
        aws_access_key_id=os.environ["SLIPWAY_SERVICE_KEY"],
        aws_secret_access_key="-",
        aws_session_token=state_credentials.role_arn,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=ANSWER_SECONDS),
    )


# Before anything imports it from there.
boto_client.boto_client_for = client_of_role
default_user_config["stepfunctions"]["execute_state_machine"] = True

from moto.server import main  # noqa: E402
from moto.stepfunctions.parser.api import HistoryEventType, TaskTimedOutEventDetails  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (  # noqa: E402
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (  # noqa: E402
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E402
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (  # noqa: E402
    CallbackConsumerTimeout,
    HeartbeatTimeoutError,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails  # noqa: E402
from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: E402

start_execution = StepFunctionsParserBackend.start_execution
from_error = StateTaskServiceCallback._from_error
handle_retry = StateTaskServiceCallback._handle_retry


def start_with_name(self, state_machine_arn, name=None, *more, **named):
    """AWS makes up a name where none is given; moto calls each of these executions None."""
    return start_execution(self, state_machine_arn, name or str(uuid.uuid4()), *more, **named)


def from_lost_heartbeat(self, env, ex):
    """moto takes a heartbeat that is missed for a task that took too long."""
    if not isinstance(ex, HeartbeatTimeoutError):
        return from_error(self, env=env, ex=ex)
    name = StatesErrorNameType.StatesHeartbeatTimeout
    details = TaskTimedOutEventDetails(
        resourceType=self._get_sfn_resource_type(), resource=self._get_sfn_resource(), error=name.to_name()
    )
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(typ=name),
        event_type=HistoryEventType.TaskTimedOut,
        event_details=EventDetails(taskTimedOutEventDetails=details),
    )


def retry_with_token(self, env, failure_event):
    """Each attempt has a token of its own: whoever has that of an earlier one comes too late."""
    context = env.states.context_object
    if self.resource.condition == ResourceCondition.WaitForTaskToken:
        env.callback_pool_manager.get(context.context_object_data["Task"]["Token"]).report(CallbackConsumerTimeout())
    outcome = handle_retry(self, env=env, failure_event=failure_event)
    if outcome == RetryOutcome.CanRetry and self.resource.condition == ResourceCondition.WaitForTaskToken:
        env.callback_pool_manager.add(context.update_task_token())
    return outcome


StepFunctionsParserBackend.start_execution = start_with_name
StateTaskServiceCallback._from_error = from_lost_heartbeat
StateTaskServiceCallback._handle_retry = retry_with_token

main()
