package dev.slipway;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.aws.AwsFunctions;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.inputs.GetCallerIdentityArgs;
import com.pulumi.aws.inputs.GetCallerIdentityPlainArgs;
import com.pulumi.aws.inputs.ProviderDefaultTagsArgs;
import com.pulumi.aws.outputs.GetCallerIdentityResult;
import com.pulumi.core.Output;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Json;
import dev.slipway.core.PlainText;
import dev.slipway.core.Problem;
import dev.slipway.core.Problems;
import dev.slipway.core.Reasons;
import dev.slipway.core.Regions;
import dev.slipway.core.SdkPause;
import dev.slipway.core.SettingsBinder;
import dev.slipway.core.Stack;
import dev.slipway.core.StackContext;
import dev.slipway.core.Suggestion;
import dev.slipway.plan.rules.Rules;
import dev.slipway.system.SystemSettings;
import dev.slipway.system.Systems;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * The Pulumi program: reads the stack file, builds the system that it names, exports its outputs.
 *
 * <p>Nothing else in the program reads the environment.
 */
public final class Main {
  /** The namespace of our settings, which is the project's name. */
  static final String NAMESPACE = "slipway";

  private Main() {}

  public static void main(String[] arguments) {
    var config = JsonParser.parseString(environment("PULUMI_CONFIG", "{}")).getAsJsonObject();
    var secretKeys =
        JsonParser.parseString(environment("PULUMI_CONFIG_SECRET_KEYS", "[]")).getAsJsonArray();
    SdkPause.install();
    Pulumi.run(
        stack(
            config.keySet().stream().collect(toMap(key -> key, key -> text(config.get(key)))),
            secretKeys.asList().stream().map(JsonElement::getAsString).collect(toSet())));
  }

  /**
   * The program for a stack's configuration. What is wrong with that it says, as a {@link
   * RunException}, when it is run.
   *
   * @param rawConfig values by key, {@code slipway:host}; structured ones are JSON
   * @param secretKeys the keys whose values are encrypted, which none of ours may be
   */
  public static Consumer<Context> stack(Map<String, String> rawConfig, Set<String> secretKeys) {
    return atTheDoor(
        context -> {
          refuseSecrets(secretKeys, context.stackName());
          program(settings(rawConfig, context.stackName())).accept(context);
        });
  }

  /**
   * The same program, of which the engine gets no stack trace: what nobody foresaw ends in a {@link
   * RunException} that says so.
   */
  static Consumer<Context> atTheDoor(Consumer<Context> program) {
    return context -> {
      try {
        program.accept(context);
      } catch (RunException refused) {
        throw refused;
      } catch (InvalidSettings invalid) {
        // What a component finds wrong with what it is given comes from the stack file, too.
        var problems = new Problems();
        invalid.problems().forEach(problems::add);
        throw new RunException(problems.text(context.stackName()));
      } catch (RuntimeException | StackOverflowError failure) {
        throw new RunException(
            Reasons.unforeseen(failure, environment("SLIPWAY_TRACE", "").equals("1")));
      }
    };
  }

  /**
   * The settings of one stack, complete and valid.
   *
   * @param stack the stack's names and tags
   * @param system the settings of its system
   */
  public record Settings(Stack stack, SystemSettings system) {}

  /**
   * Reads the configuration of a stack.
   *
   * @param rawConfig values by key, {@code slipway:host}; structured ones are JSON
   * @throws RunException with everything that is wrong
   */
  public static Settings settings(Map<String, String> rawConfig, String stackName) {
    var problems = new Problems();
    var own = new LinkedHashMap<String, String>();
    rawConfig.forEach(
        (key, value) -> {
          var parts = key.split(":", 2);
          if (parts.length == 2 && parts[0].equals(NAMESPACE)) {
            own.put(parts[1], value);
          } else if (parts[0].equals("aws") && !key.equals("aws:region")) {
            problems.add(
                key,
                "is not used: the program makes its own provider. Credentials come from the"
                    + " environment, the region from aws:region");
          }
        });
    var region = region(rawConfig, problems);
    var system = bind(own, problems);
    accepted(own, problems);
    var told = problems.found().stream().map(Problem::path).collect(toSet());
    PlainText.problems(own).stream()
        .filter(problem -> !told.contains(problem.path()))
        .forEach(problems::add);
    system.ifPresent(
        bound ->
            region.ifPresent(
                known -> Regions.problems((Record) bound, known).forEach(problems::add)));
    var stack =
        system.flatMap(
            bound ->
                problems.collect(
                    () ->
                        new Stack(
                            stackName,
                            own.get("system"),
                            region.orElse(""),
                            bound.common().tags(),
                            bound.common().ephemeral())));
    problems.report(stackName);
    return new Settings(stack.orElseThrow(), system.orElseThrow());
  }

  private static Optional<String> region(Map<String, String> rawConfig, Problems problems) {
    var region = rawConfig.get("aws:region");
    if (region == null) {
      problems.add("aws:region", "is missing; set it with: pulumi config set aws:region us-east-1");
      return Optional.empty();
    }
    var wrong = Regions.problem(region);
    if (wrong.isPresent()) {
      problems.add("aws:region", wrong.get());
      return Optional.empty();
    }
    return Optional.of(region);
  }

  private static Optional<SystemSettings> bind(Map<String, String> own, Problems problems) {
    var name = own.get("system");
    var names = Systems.names();
    if (name == null) {
      problems.add(
          "system", "is missing; set it with: pulumi config set slipway:system " + names.get(0));
      return Optional.empty();
    }
    var system = Systems.named(name);
    if (system.isEmpty()) {
      problems.add(
          "system",
          "\"%s\" is none of %s%s"
              .formatted(name, String.join(", ", names), Suggestion.sentence(name, names)));
      return Optional.empty();
    }
    return new SettingsBinder(NAMESPACE, problems)
        .bind(system.get().settings(), own)
        .map(SystemSettings.class::cast);
  }

  /** What a stack file accepts must be a rule of the plan's, which systems know nothing of. */
  private static void accepted(Map<String, String> own, Problems problems) {
    var rules = Rules.names().keySet();
    Json.object(own.getOrDefault("accept", "{}")).keySet().stream()
        .filter(rule -> !rules.contains(rule))
        .forEach(
            rule ->
                problems.add(
                    "accept." + rule,
                    "is no rule of this house" + Suggestion.sentence(rule, rules)));
  }

  /** The program for these settings: what it registers, and what it exports. */
  public static Consumer<Context> program(Settings settings) {
    return context -> {
      var stack = settings.stack();
      var provider =
          new Provider(
              "aws",
              ProviderArgs.builder()
                  .region(stack.region())
                  .defaultTags(ProviderDefaultTagsArgs.builder().tags(stack.tags()).build())
                  .build());
      var account = account(settings, provider);
      var options = ComponentResourceOptions.builder().provider(provider).build();
      settings
          .system()
          .build(stack.system(), new StackContext(stack, account), options)
          .forEach(context::export);
      if (stack.ephemeral()) {
        context.export("ephemeral", Output.of(true));
      }
    };
  }

  /**
   * The account that the credentials are for. A stack that names its own waits for the answer
   * before anything else is registered, so that nothing is made in another one.
   */
  private static Output<String> account(Settings settings, Provider provider) {
    var options = new InvokeOptions(null, provider, null);
    if (settings.system().common().account().isEmpty()) {
      return AwsFunctions.getCallerIdentity(GetCallerIdentityArgs.Empty, options)
          .applyValue(GetCallerIdentityResult::accountId);
    }
    var wanted = settings.system().common().account().get();
    var known = AwsFunctions.getCallerIdentityPlain(GetCallerIdentityPlainArgs.Empty, options);
    var account = told(known, settings.stack().name());
    if (!account.equals(wanted)) {
      throw new RunException(
          "Pulumi.%s.yaml says slipway:account %s, and these credentials are for account %s; take the credentials of %s, or correct the setting"
              .formatted(settings.stack().name(), wanted, account, wanted));
    }
    return Output.of(account);
  }

  private static String told(CompletableFuture<GetCallerIdentityResult> known, String stackName) {
    try {
      return known.join().accountId();
    } catch (CompletionException failed) {
      var reason = failed.getCause() == null ? failed : failed.getCause();
      throw new RunException(
          "Pulumi.%s.yaml says slipway:account, and AWS can't be asked which account the credentials are for: %s"
              .formatted(stackName, reason.getMessage()));
    }
  }

  private static String environment(String name, String ifAbsent) {
    var value = System.getenv(name);
    return value == null || value.isBlank() ? ifAbsent : value;
  }

  private static String text(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }

  /** Settings become names, files and documents in plain text: none of them may be a secret. */
  private static void refuseSecrets(Set<String> secretKeys, String stackName) {
    var problems = new Problems();
    secretKeys.stream()
        .filter(key -> key.startsWith(NAMESPACE + ":"))
        .sorted()
        .forEach(
            key ->
                problems.add(
                    key.substring(NAMESPACE.length() + 1),
                    "is a secret, and settings are not for secrets; take it out and use"
                        + " ./slipway secret set"));
    problems.report(stackName);
  }
}
