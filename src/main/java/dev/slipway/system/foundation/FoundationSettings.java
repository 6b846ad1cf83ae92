package dev.slipway.system.foundation;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.access.ApplicationAccess;
import dev.slipway.access.GithubSettings;
import dev.slipway.access.StackAccess;
import dev.slipway.access.StateSettings;
import dev.slipway.access.Watchers;
import dev.slipway.account.BudgetSettings;
import dev.slipway.account.PublicAccessSettings;
import dev.slipway.core.Check;
import dev.slipway.core.Domains;
import dev.slipway.core.Inline;
import dev.slipway.core.Setting;
import dev.slipway.core.StackContext;
import dev.slipway.core.Suggestion;
import dev.slipway.system.CommonSettings;
import dev.slipway.system.SystemDescriptor;
import dev.slipway.system.SystemSettings;
import dev.slipway.system.Systems;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that a stack file says of the foundation of an account. */
public record FoundationSettings(
    @Inline CommonSettings common,
    GithubSettings github,
    StateSettings state,
    @Setting(
            value =
                "The stacks that workflows bring up; each gets a role to deploy and one to release.",
            or = "[]")
        List<StackAccess> stacks,
    @Setting(value = "Applications in repositories of their own.", or = "[]")
        List<ApplicationAccess> applications,
    @Setting(
            value =
                "Domains whose hosted zones are made in Route 53, once for all stacks that have names"
                    + " in them. Tell the name servers, an output, to the domain's registrar; stacks"
                    + " name a zone by its id, an output too.",
            or = "[]",
            example = "'[\"example.com\"]'")
        List<String> zones,
    @Setting("What the account may cost.") Optional<BudgetSettings> budget,
    NoticeSettings alerts,
    @Setting(value = "New disks are encrypted, whoever makes them.", or = "true")
        boolean ebsEncryption,
    @Setting("No bucket of the account is public. Sites that are served from S3 stop.")
        Optional<PublicAccessSettings> blockPublicBuckets)
    implements SystemSettings {

  public FoundationSettings {
    var check = new Check();
    checkStacks(check, stacks, state);
    checkApplications(check, applications, stacks, github);
    for (int i = 0; i < zones.size(); i++) {
      check
          .none(Domains.problem(zones.get(i)), "zones[" + i + "]")
          .that(
              zones.indexOf(zones.get(i)) == i,
              "zones[" + i + "]",
              "\"" + zones.get(i) + "\" is there twice");
    }
    check
        .that(
            common.account().isEmpty()
                || github
                    .oidcProviderArn()
                    .map(arn -> arn.contains("::" + common.account().get() + ":"))
                    .orElse(true),
            "github.oidcProviderArn",
            "\""
                + github.oidcProviderArn().orElse("")
                + "\" is in another account than slipway:account, "
                + common.account().orElse(""))
        .orThrow();
  }

  private static void checkStacks(Check check, List<StackAccess> stacks, StateSettings state) {
    var systems =
        Systems.ALL.stream()
            .filter(SystemDescriptor::workflows)
            .map(SystemDescriptor::name)
            .toList();
    for (int i = 0; i < stacks.size(); i++) {
      var stack = stacks.get(i);
      var path = "stacks[" + i + "]";
      check
          .that(
              systems.contains(stack.system()),
              path + ".system",
              Systems.names().contains(stack.system())
                  ? "\""
                      + stack.system()
                      + "\" is brought up by a person: no workflow may change its own rights"
                  : "\"%s\" is none of %s%s"
                      .formatted(
                          stack.system(),
                          String.join(", ", systems),
                          Suggestion.sentence(stack.system(), systems)))
          .that(
              !Watchers.environments().contains(stack.githubEnvironment()),
              path + ".name",
              "\""
                  + stack.name()
                  + "\" is the environment of jobs of another kind; give it another name")
          // Its rights go by the beginnings of names, and would take in what is nobody's stack.
          .that(
              !List.of("state", "foundation").contains(stack.name())
                  && !state.bucket().orElse("").startsWith("slipway-" + stack.name() + "-"),
              path + ".name",
              "\""
                  + stack.name()
                  + "\" would own what begins with slipway-"
                  + stack.name()
                  + "-, which is the state's or the foundation's; give it another name");
      for (var another : stacks) {
        check.that(
            another == stack || !(another.name() + "-").startsWith(stack.name() + "-"),
            path + ".name",
            "\""
                + another.name()
                + "\" begins with \""
                + stack.name()
                + "\", and rights go by the beginnings of names; give one of them another name");
      }
    }
  }

  private static void checkApplications(
      Check check,
      List<ApplicationAccess> applications,
      List<StackAccess> stacks,
      GithubSettings github) {
    var names = stacks.stream().map(StackAccess::name).toList();
    var taken = new HashSet<String>();
    var registries = new HashSet<String>();
    for (int i = 0; i < applications.size(); i++) {
      var application = applications.get(i);
      var path = "applications[" + i + "]";
      check
          .that(
              taken.add(application.name()),
              path + ".name",
              "\"" + application.name() + "\" is there twice")
          .that(
              names.contains(application.stack()),
              path + ".stack",
              "\""
                  + application.stack()
                  + "\" is none of slipway:stacks"
                  + Suggestion.sentence(application.stack(), names))
          .that(
              !application.repository().equalsIgnoreCase(github.repository())
                  || application.environment().equals(application.stack()),
              path + ".environment",
              "\""
                  + application.environment()
                  + "\" of this very repository is not for releases to "
                  + application.stack()
                  + "; here the environment is the stack's name")
          .that(
              application.registry().map(registries::add).orElse(true),
              path + ".ecr.name",
              "\""
                  + application.registry().orElse("")
                  + "\" is another application's registry, and one pushes to each; leave ecr out to"
                  + " release its images only");
    }
  }

  @Override
  public Map<String, Output<?>> build(
      String name, StackContext context, ComponentResourceOptions options) {
    return new Foundation(name, this, context, options).outputs();
  }

  /** Who hears of what happens in the account. */
  public record NoticeSettings(
      @Setting(
              value =
                  "Where notices are mailed; AWS asks the address to confirm. None mails nobody.",
              example = "ops@example.com")
          Optional<String> email) {

    public NoticeSettings {
      new Check()
          .that(
              email.map(to -> to.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")).orElse(true),
              "email",
              "\"" + email.orElse("") + "\" is not a mail address")
          .orThrow();
    }
  }
}
