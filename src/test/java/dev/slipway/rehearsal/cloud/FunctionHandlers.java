package dev.slipway.rehearsal.cloud;

import dev.slipway.plan.graph.PropertyValues.Asset;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Lambda: functions that run, and who may call them.
 *
 * <p>Source of the rules: AWS Lambda API Reference, CreateFunction and UpdateFunctionConfiguration.
 */
final class FunctionHandlers {
  private static final String PATH = "/2015-03-31/functions";

  /** What Lambda sets itself. */
  private static final List<String> RESERVED =
      List.of(
          "_HANDLER",
          "_X_AMZN_TRACE_ID",
          "AWS_ACCESS_KEY_ID",
          "AWS_DEFAULT_REGION",
          "AWS_EXECUTION_ENV",
          "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
          "AWS_LAMBDA_FUNCTION_NAME",
          "AWS_LAMBDA_FUNCTION_VERSION",
          "AWS_LAMBDA_INITIALIZATION_TYPE",
          "AWS_LAMBDA_LOG_GROUP_NAME",
          "AWS_LAMBDA_LOG_STREAM_NAME",
          "AWS_LAMBDA_RUNTIME_API",
          "AWS_REGION",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_SESSION_TOKEN",
          "LAMBDA_RUNTIME_DIR",
          "LAMBDA_TASK_ROOT");

  private static final int SECONDS_LIMIT = 900;
  private static final int MEMORY_SMALLEST = 128;
  private static final int MEMORY_LARGEST = 10_240;

  private final AwsClient aws;
  private final Functions functions;
  private final Roles roles;

  FunctionHandlers(AwsClient aws, Functions functions, Roles roles) {
    this.aws = aws;
    this.functions = functions;
    this.roles = roles;
  }

  List<Handler> all() {
    return List.of(function(), permission());
  }

  private static String path(String function) {
    return PATH + "/" + function;
  }

  private static AwsError invalid(String message) {
    return new AwsError(400, "InvalidParameterValueException", message);
  }

  // --- functions
  // -----------------------------------------------------------------------------------------------------

  private Handler function() {
    return Handler.of("aws:lambda/function:Function")
        .create(
            request -> {
              String name = request.text("name");
              check(name, request);
              byte[] code = code(request);
              var wanted = configuration(request).and("FunctionName", name, "Code", zip(code));
              if (!request.tags().isEmpty()) {
                wanted.and("Tags", request.tags());
              }
              aws.restJson("lambda", "POST", PATH, wanted);
              functions.put(of(name, code, request));
              var outputs = new LinkedHashMap<>(ofCode(code));
              outputs.put("arn", arn(name));
              outputs.put("qualifiedArn", arn(name) + ":$LATEST");
              outputs.put(
                  "invokeArn",
                  "arn:aws:apigateway:"
                      + aws.region()
                      + ":lambda:path/2015-03-31/functions/"
                      + arn(name)
                      + "/invocations");
              outputs.put("version", "$LATEST");
              return new Handler.Made(name, outputs);
            })
        .moves("lastModified", "sourceCodeSize")
        .update(
            request -> {
              check(request.id(), request);
              byte[] code = code(request);
              aws.restJson("lambda", "PUT", path(request.id()) + "/code", zip(code));
              aws.restJson(
                  "lambda", "PUT", path(request.id()) + "/configuration", configuration(request));
              functions.put(of(request.id(), code, request));
              return ofCode(code);
            })
        .delete(
            request -> {
              aws.restJson("lambda", "DELETE", path(request.id()), null);
              functions.remove(request.id());
            })
        .found(request -> aws.restJson("lambda", "GET", path(request.id()), null));
  }

  private String arn(String name) {
    return aws.arn("lambda", "function:" + name);
  }

  private void check(String name, Handler.Request request) {
    String runtime = request.text("runtime", "");
    if (!runtime.startsWith("python3.")) {
      throw invalid("this emulated AWS runs functions in Python only, not \"" + runtime + "\"");
    }
    long seconds = request.number("timeout", 3);
    if (seconds < 1 || seconds > SECONDS_LIMIT) {
      throw invalid(
          "Value '"
              + seconds
              + "' at 'timeout' failed to satisfy constraint: Member must have value less than or"
              + " equal to 900");
    }
    long memory = request.number("memorySize", MEMORY_SMALLEST);
    if (memory < MEMORY_SMALLEST || memory > MEMORY_LARGEST) {
      throw invalid(
          "Value '"
              + memory
              + "' at 'memorySize' failed to satisfy constraint: Member must have value between"
              + " 128 and 10240");
    }
    var taken = new TreeSet<>(environment(request).keySet());
    taken.retainAll(RESERVED);
    if (!taken.isEmpty()) {
      throw invalid(
          "Lambda was unable to configure your environment variables because the environment"
              + " variables you have provided contains reserved keys that are currently not"
              + " supported for modification. Reserved keys used in this request: "
              + String.join(", ", taken));
    }
    roles.trustsService(
        request.text("role"),
        "lambda.amazonaws.com",
        arn(name),
        invalid("The role defined for the function cannot be assumed by Lambda."));
  }

  private static Map<String, String> environment(Handler.Request request) {
    return Values.stringMap(Values.map(request.inputs().get("environment")).get("variables"));
  }

  private static Functions.Function function(
      String name, String arn, byte[] code, Handler.Request request) {
    Object group = Values.map(request.inputs().get("loggingConfig")).get("logGroup");
    return new Functions.Function(
        name,
        arn,
        request.text("role"),
        request.text("handler"),
        code,
        environment(request),
        request.number("timeout", 3),
        request.number("memorySize", MEMORY_SMALLEST),
        group == null ? "/aws/lambda/" + name : String.valueOf(group));
  }

  private Functions.Function of(String name, byte[] code, Handler.Request request) {
    return function(name, arn(name), code, request);
  }

  /** What moto is told; the rest of a function is ours. */
  private static Fields configuration(Handler.Request request) {
    return request
        .fields("Role", "Handler", "Runtime", "Description")
        .and(
            "Timeout",
            request.number("timeout", 3),
            "MemorySize",
            request.number("memorySize", MEMORY_SMALLEST),
            "Environment",
            Map.of("Variables", environment(request)));
  }

  private static Map<String, Object> zip(byte[] code) {
    return Map.of("ZipFile", Base64.getEncoder().encodeToString(code));
  }

  /** What is uploaded with the function, or lies in a bucket. */
  private byte[] code(Handler.Request request) {
    if (request.inputs().get("code") instanceof Asset archive) {
      return archive.archive() ? Archives.zip(archive) : Values.bytes(archive);
    }
    if (!request.has("s3Bucket")) {
      throw invalid("Please provide a source for function code.");
    }
    String version = request.text("s3ObjectVersion");
    return aws.rest(
            "s3",
            "GET",
            "/"
                + request.text("s3Bucket")
                + "/"
                + AwsClient.encodePath(request.text("s3Key"))
                + (version == null ? "" : "?versionId=" + AwsClient.encode(version)),
            Map.of(),
            new byte[0])
        .body();
  }

  private static Map<String, Object> ofCode(byte[] code) {
    try {
      return Fields.of(
          "codeSha256",
          Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(code)),
          "sourceCodeSize",
          code.length);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // --- who may call them
  // ---------------------------------------------------------------------------------------------

  private Handler permission() {
    return Handler.of("aws:lambda/permission:Permission")
        .replaceOn("action", "function", "principal", "sourceArn", "sourceAccount", "statementId")
        .create(
            request -> {
              String statement = request.text("statementId", request.name());
              aws.restJson(
                  "lambda",
                  "POST",
                  path(Functions.name(request.text("function"))) + "/policy",
                  request
                      .fields("Action", "Principal", "SourceArn", "SourceAccount")
                      .and("StatementId", statement));
              return Handler.Made.of(statement, "statementId", statement);
            })
        .delete(
            request ->
                aws.restJson(
                    "lambda",
                    "DELETE",
                    path(Functions.name(request.oldText("function"))) + "/policy/" + request.id(),
                    null))
        .exists(
            request ->
                String.valueOf(
                        aws.restJson(
                            "lambda",
                            "GET",
                            path(Functions.name(request.oldText("function"))) + "/policy",
                            null))
                    .contains(request.id()));
  }
}
