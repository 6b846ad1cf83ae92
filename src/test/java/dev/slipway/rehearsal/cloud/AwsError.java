package dev.slipway.rehearsal.cloud;

/** A refusal in AWS's own words: its code, its message, and the status that came with it. */
final class AwsError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final int status;
  private final String operation;

  AwsError(String code, String message) {
    this(400, code, message);
  }

  AwsError(int status, String code, String message) {
    this("", status, code, message);
  }

  AwsError(String operation, int status, String code, String message) {
    super(message);
    this.operation = operation;
    this.code = code;
    this.status = status;
  }

  String code() {
    return code;
  }

  int status() {
    return status;
  }

  /** What the AWS provider would print. */
  String text() {
    String where = operation.isEmpty() ? "" : "operation error " + operation + ": ";
    return where + "api error " + code + ": " + getMessage();
  }

  /** Whether AWS says that the thing is not there. */
  boolean isNotFound() {
    return status == 404
        || code.contains("NotFound")
        || code.contains("NoSuch")
        || code.contains("NonExistent")
        || code.equals("ParameterNotFound")
        || code.equals("InvalidDocument");
  }
}
