package dev.slipway.testing;

import com.pulumi.Context;
import com.pulumi.serialization.internal.PropertiesSerializer.SerializationException;
import dev.slipway.Main;
import dev.slipway.plan.engine.LookUps;
import dev.slipway.plan.engine.OfflineEngine;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.stackfile.StackFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Runs a Pulumi program in a cloud that isn't there, and gives back what it registered.
 *
 * <p>Its engine is the plan's, {@link OfflineEngine}, and it is stricter than a plan: whatever the
 * engine objects to, a read of what others made and an empty run are failures.
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
    answer("aws:ec2/getAmi:getAmi", FakeCloud::image);
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

  /** Answers a look-up otherwise than {@link LookUps}. */
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
    var calls = Collections.synchronizedList(new ArrayList<FakeStack.Call>());
    var refused = Collections.synchronizedList(new ArrayList<String>());
    var engine =
        new OfflineEngine(
            new ResourceNames(PROJECT, stack, region, ACCOUNT),
            (token, asked, names) -> {
              calls.add(new FakeStack.Call(token, asked));
              var result =
                  answers.containsKey(token)
                      ? Optional.of(answers.get(token).apply(asked))
                      : LookUps.call(token, asked, names);
              if (result.isEmpty()) {
                refused.add("nobody answers the look-up " + token);
              }
              return result;
            });
    var end = engine.run(new StackFile(PROJECT, stack, Map.of(), Set.of()), program);
    refused.addAll(engine.problems());
    var resources =
        engine.resources().stream()
            .filter(resource -> !resource.isA("pulumi:pulumi:Stack"))
            .toList();
    resources.stream().filter(Resource::external).map(FakeCloud::read).forEach(refused::add);
    if (!refused.isEmpty()) {
      throw new RefusedException(refused);
    }
    if (!end.failures().isEmpty()) {
      throw unwrapped(end.failures().get(0));
    }
    if (end.status() != 0) {
      throw new RefusedException(
          engine.messages().stream().map(OfflineEngine.Message::text).toList());
    }
    if (resources.isEmpty()) {
      throw new RefusedException(List.of("the program registers nothing"));
    }
    return new FakeStack(resources, opened(engine.outputs()), calls, policies);
  }

  private static String read(Resource resource) {
    return "%s \"%s\": is read by its id %s, and nothing is there before the program"
        .formatted(resource.type(), resource.name(), resource.id());
  }

  /** Outputs with what is secret in them. */
  private static Map<String, Object> opened(Map<String, Object> outputs) {
    var result = new LinkedHashMap<>(outputs);
    result.replaceAll(
        (key, value) -> value instanceof PropertyValues.Secret secret ? secret.value() : value);
    return result;
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
