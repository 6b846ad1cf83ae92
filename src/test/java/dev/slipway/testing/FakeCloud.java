package dev.slipway.testing;

import com.pulumi.Context;
import com.pulumi.serialization.internal.PropertiesSerializer.SerializationException;
import com.pulumi.test.PulumiTest;
import com.pulumi.test.TestOptions;
import com.pulumi.test.internal.PulumiTestInternal;
import dev.slipway.Main;
import dev.slipway.plan.engine.LookUps;
import dev.slipway.plan.graph.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs a Pulumi program in a cloud that isn't there, and gives back what it registered.
 *
 * <p>Stands behind {@link PulumiTest}, and is stricter than its mocks: an unknown type, an unknown
 * or missing input, two resources of one name, a look-up that nobody answers and an empty run are
 * failures. Computed values are those of {@link dev.slipway.plan.engine.ResourceTypes}.
 *
 * <pre>{@code
 * var stack = FakeCloud.stack("staging", StackConfig.file("staging"));
 * assertThat(stack.ingressTo("host")).containsExactly(tcp(443).from("0.0.0.0/0"));
 * }</pre>
 */
public final class FakeCloud {
  /** The account that it is; AWS's own examples have the same. */
  public static final String ACCOUNT = ResourceNames.EXAMPLE_ACCOUNT;

  private static final String PROJECT = "slipway";
  private static final Map<List<Object>, FakeStack> STACKS = new ConcurrentHashMap<>();

  private final String stack;
  private final String region;
  private final Map<String, UnaryOperator<Map<String, Object>>> answers = new TreeMap<>();
  private final Map<String, String> policies = new TreeMap<>();

  private FakeCloud(String stack, String region) {
    this.stack = stack;
    this.region = region;
    answer(
        "aws:index/getCallerIdentity:getCallerIdentity",
        asked ->
            Map.of(
                "id",
                ACCOUNT,
                "accountId",
                ACCOUNT,
                "arn",
                "arn:aws:iam::" + ACCOUNT + ":user/tester",
                "userId",
                "AIDATESTTESTTESTTESTT"));
    answer("aws:ec2/getAmi:getAmi", FakeCloud::image);
    answer(
        "aws:ssm/getParametersByPath:getParametersByPath",
        asked -> LookUps.parameters(asked, Map.of()));
  }

  /** A cloud for a stack of this name, in the region where most examples are. */
  public static FakeCloud named(String stack) {
    return new FakeCloud(stack, "us-east-1");
  }

  /**
   * What the program registers for a stack with this configuration; a stack that many tests ask
   * about is run once.
   */
  public static FakeStack stack(String name, StackConfig config) {
    return STACKS.computeIfAbsent(
        List.of(name, config.values()), asked -> named(name).in(config.region()).run(config));
  }

  /** The same cloud in another region. */
  public FakeCloud in(String otherRegion) {
    var moved = new FakeCloud(stack, otherRegion);
    moved.answers.putAll(answers);
    moved.policies.putAll(policies);
    return moved;
  }

  /** Answers a look-up; a look-up without an answer fails. */
  public FakeCloud answer(String token, UnaryOperator<Map<String, Object>> answer) {
    answers.put(token, answer);
    return this;
  }

  /** Has a policy in the account that no stack made, for roles to attach or to be bounded by. */
  public FakeCloud policy(String arn, String json) {
    policies.put(arn, json);
    return this;
  }

  /** Runs the program with this configuration. */
  public FakeStack run(StackConfig config) {
    return run(Main.program(Main.settings(config.values(), stack)));
  }

  /**
   * Runs a program.
   *
   * @throws RefusedException with all that the cloud refused
   * @throws RuntimeException what the program itself threw, once
   */
  public FakeStack run(Consumer<Context> program) {
    // A program finds its engine in a static field, so that there can be one at a time.
    synchronized (FakeCloud.class) {
      return runAlone(program);
    }
  }

  private FakeStack runAlone(Consumer<Context> program) {
    var monitor = new FakeMonitor[1];
    var quiet = Logger.getLogger(FakeCloud.class.getName());
    // What it would log is thrown.
    quiet.setLevel(Level.OFF);
    try {
      var result =
          PulumiTestInternal.builder()
              .options(TestOptions.builder().projectName(PROJECT).stackName(stack).build())
              .standardLogger(quiet)
              .monitorDecorator(
                  ordinary ->
                      monitor[0] =
                          new FakeMonitor(
                              new ResourceNames(PROJECT, stack, region, ACCOUNT), answers))
              .build()
              .runTest(program);
      var refused = monitor[0].refused();
      if (!refused.isEmpty()) {
        throw new RefusedException(refused);
      }
      if (!result.exceptions().isEmpty()) {
        throw unwrapped(result.exceptions().get(0));
      }
      if (result.exitCode() != 0 || !result.errors().isEmpty()) {
        throw new RefusedException(result.errors());
      }
      var resources = monitor[0].resources();
      if (resources.isEmpty()) {
        throw new RefusedException(List.of("the program registers nothing"));
      }
      var outputs = new LinkedHashMap<String, Object>();
      result.outputs().forEach((key, value) -> outputs.put(key, PulumiTest.extractValue(value)));
      return new FakeStack(resources, outputs, monitor[0].calls(), policies);
    } finally {
      PulumiTest.cleanup();
    }
  }

  /**
   * The failure as the program threw it: without the futures that it went through, nor the inputs
   * that could not be had because of it.
   */
  private static RuntimeException unwrapped(Throwable failure) {
    var cause = failure;
    while ((cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof SerializationException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
  }

  /** Any image that is asked for by its id is there, and of the architecture that is asked for. */
  private static Map<String, Object> image(Map<String, Object> asked) {
    var filters = new TreeMap<String, Object>();
    if (asked.get("filters") instanceof List<?> list) {
      for (var filter : list) {
        var map = (Map<?, ?>) filter;
        filters.put(String.valueOf(map.get("name")), ((List<?>) map.get("values")).get(0));
      }
    }
    if (!filters.containsKey("image-id")) {
      throw new IllegalArgumentException("no image is looked up but by its id: " + asked);
    }
    return Map.of(
        "id", filters.get("image-id"),
        "architecture", filters.getOrDefault("architecture", "x86_64"));
  }

  /** What a real cloud, or its engine, would have refused. */
  public static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    RefusedException(List<String> problems) {
      super(String.join("\n", problems));
      this.problems = List.copyOf(problems);
    }

    /** What was refused, one line each. */
    public List<String> problems() {
      return problems;
    }
  }
}
