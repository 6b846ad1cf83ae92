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

from moto.core.exceptions import AWSError  # noqa: E402
from moto.core.responses import EmptyResult  # noqa: E402
from moto.server import main  # noqa: E402
from moto.stepfunctions.parser import models  # noqa: E402
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType, TaskTimedOutEventDetails  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name  # noqa: E402
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
    HeartbeatTimedOut,
    HeartbeatTimeoutError,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails  # noqa: E402
from moto.stepfunctions.responses import StepFunctionResponse  # noqa: E402

start_execution = models.StepFunctionsParserBackend.start_execution
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


def wait_for_answer(self, env, callback_endpoint, heartbeat_endpoint):
    """moto loses what is answered before the call that hands out the token has come back."""
    sign = heartbeat_endpoint._next_heartbeat_event
    while env.is_running():
        outcome = callback_endpoint.get_outcome()
        if outcome is not None:
            return outcome
        if not sign.wait(timeout=heartbeat_endpoint._heartbeat_seconds):
            return callback_endpoint.get_outcome() or HeartbeatTimedOut()
        sign.clear()
    return None


class TaskTimedOut(AWSError):
    """moto raises one of which its server knows nothing."""

    TYPE = "TaskTimedOut"
    STATUS = 400

    def __init__(self):
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


def fail_with_cause(self):
    """moto leaves out the cause."""
    names = ("taskToken", "error", "cause")
    token, error, cause = (self._get_param(name) for name in names)
    self.stepfunction_backend.send_task_failure(token, error, cause)
    return EmptyResult()


def while_it_runs(answer):
    """moto knows no token of an execution that has ended, and takes no early sign of life."""

    def checked(self, task_token, *more, **named):
        for execution in self._get_executions():
            pool = execution.exec_worker.env.callback_pool_manager
            endpoint = pool.get(task_token)
            if endpoint is None:
                continue
            if execution.status != ExecutionStatus.RUNNING:
                raise TaskTimedOut
            if answer is heartbeat and endpoint._heartbeat_endpoint is None:
                return None
        return answer(self, task_token, *more, **named)

    return checked


backend = models.StepFunctionsParserBackend
heartbeat = backend.send_task_heartbeat
backend.start_execution = start_with_name
backend.send_task_heartbeat = while_it_runs(heartbeat)
backend.send_task_success = while_it_runs(backend.send_task_success)
backend.send_task_failure = while_it_runs(backend.send_task_failure)
# It tells the two apart by the wrong exception.
models.TaskTimedOut = models.TaskDoesNotExist = TaskTimedOut
StepFunctionResponse.send_task_failure = fail_with_cause
StateTaskServiceCallback._from_error = from_lost_heartbeat
StateTaskServiceCallback._handle_retry = retry_with_token
StateTaskServiceCallback._wait_for_task_token_heartbeat = wait_for_answer
# A machine may end with the error that it has caught, whatever that is called.
custom_error_name.ILLEGAL_CUSTOM_ERROR_PREFIX = "-"

main()
