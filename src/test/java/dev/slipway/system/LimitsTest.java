package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.rules.Finding;
import dev.slipway.testing.StackConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What AWS, or the machine, would refuse later is refused by the settings. */
class LimitsTest {

  private static String problems(String stack, StackConfig config) {
    return String.join("\n", Plan.of("slipway", stack, config.values(), Main::stack).problems());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "staging | backup.cron | 0 2 31 2 * | backup.cron: \"0 2 31 2 *\" names a day that none of"
            + " its months has",
        "staging | backup.cron | 0 2 * * SUN | backup.maxAgeHours: 26 is no more than the 168 hours"
            + " from one backup to the next",
        "staging | backup.maxAgeHours | 24 | backup.maxAgeHours: 24 is no more than the 24 hours",
        "staging | backup.cron | 0 */6 * * * | ''",
        "staging | release.minFreeGiB | 40 | release.minFreeGiB: 40 can't be free on a disk of"
            + " host.dataVolumeGiB, 40",
        "staging | network.zone | g | network.zone: \"g\" is not a zone of us-east-1, which has a,"
            + " b, c, d, e, f",
        "staging | alerts.topic | arn:aws:sns:eu-west-1:111122223333:x | alerts.topic:"
            + " \"arn:aws:sns:eu-west-1:111122223333:x\" is in eu-west-1, and the stack in"
            + " us-east-1",
        "admin-qa | release.minFreeGiB | 500 | release.minFreeGiB: 500 can't be free on a disk of"
            + " hosts.rootVolumeGiB",
        "admin-qa | apps.api.memoryMiB | 4096 | apps.api.memoryMiB: 4096 is not less than the 2048"
            + " MiB of a t3.small",
        "admin-qa | domain.certificate | arn:aws:acm:eu-west-1:111122223333:certificate/1 |"
            + " domain.certificate: \"arn:aws:acm:eu-west-1:111122223333:certificate/1\" is in"
            + " eu-west-1",
        "staging | release.seed | -x | release.seed: \"-x\" is not a tag, digest, branch or commit",
        "staging | release.seed | sha256:abc | release.seed: \"sha256:abc\" is not a tag, digest",
        "staging | erpnext.image.name | docker.io/slipway/erpnext | is what hosts call images of"
            + " their own",
        "admin-qa | apps.api.image | slipway/kept | is what hosts call images of their own",
        "admin-qa | apps.api.hostPort | 8503 | apps.api.hostPort: 8503 is the proxy's own",
        "admin-qa | database.name | order | database.name: \"order\" is a word"
      })
  void areToldByTheSetting(String stack, String path, String value, String problem) {
    Object typed = value.matches("[0-9]+") ? Integer.valueOf(value) : value;
    var found = problems(stack, StackConfig.file(stack).with("slipway:" + path, typed));

    if (problem.isEmpty()) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found).contains(problem);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"us-east-9", "us-esat-1", "US-EAST-1", "us-east-1a", "eu-frankfurt-1"})
  void aRegionIsOneThatThereIs(String region) {
    assertThat(problems("staging", StackConfig.file("staging").with("aws:region", region)))
        .contains("aws:region: \"" + region + "\" is not a region of AWS that this program knows");
  }

  @Test
  void zonesAreOfTheRegion() {
    assertThat(
            problems(
                "admin-qa",
                StackConfig.file("admin-qa").with("slipway:network.zones", List.of("a", "h"))))
        .contains("network.zones[1]: \"h\" is not a zone of us-east-1");
  }

  @Test
  void aCertificatesNamesAreCounted() {
    var file = StackConfig.file("admin-qa");
    // A rule of a load balancer takes five.
    var many = file;
    for (int app = 0; app < 20; app++) {
      var hosts = new ArrayList<String>();
      for (int i = 0; i < 5; i++) {
        hosts.add("a" + i + ".app" + app + ".example.com");
      }
      many =
          many.with("slipway:apps.app" + app + ".image", "example/app" + app)
              .with("slipway:apps.app" + app + ".port", 3000)
              .with("slipway:apps.app" + app + ".hostPort", 9000 + app)
              .with("slipway:apps.app" + app + ".health", "/")
              .with("slipway:apps.app" + app + ".hosts", hosts);
    }

    assertThat(
            problems("admin-qa", file.with("slipway:domain.name", "a".repeat(54) + ".example.com")))
        .contains("domain.name: ", "has 66 characters, and a certificate's first name at most 64");
    assertThat(problems("admin-qa", many))
        .contains("have 101 names with the domain, and a certificate at most 100");
  }

  @Test
  void namesOfStacksInTheFoundationAreThoseThatStacksCanHave() {
    assertThat(
            problems(
                "foundation",
                StackConfig.file("foundation")
                    .without("slipway:applications")
                    .with("slipway:stacks", List.of(Map.of("name", "a--b", "system", "erpnext")))))
        .contains("\"a--b\" is not the name of a stack: at most 17");
  }

  private static List<Finding> ofWatchers(int howMany) {
    var stacks = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < howMany; i++) {
      stacks.add(Map.of("name", "stack-number-" + i, "system", "erpnext"));
    }
    var plan =
        Plan.of(
            "slipway",
            "foundation",
            StackConfig.file("foundation")
                .without("slipway:applications")
                .with("slipway:stacks", stacks)
                .values(),
            Main::stack);

    assertThat(plan.problems()).isEmpty();
    return plan.findings().stream()
        .filter(finding -> finding.rule().equals("policy-limits"))
        .toList();
  }

  @Test
  void theWatchersOfManyStacksKeepWithinWhatIamTakes() {
    assertThat(ofWatchers(20)).isEmpty();
    assertThat(ofWatchers(150))
        .isNotEmpty()
        .allMatch(finding -> finding.fails() && finding.message().contains("IAM takes"));
  }

  /** The plan of a panel with fifty apps, each with a secret of its own. */
  private static Plan fiftyApps(String repository, String secret) {
    var many = StackConfig.file("admin-qa").with("slipway:database.instanceClass", "db.m5.large");
    var secrets = new ArrayList<>(List.of("oauth"));
    for (int app = 0; app < 50; app++) {
      secrets.add(secret + app);
      many =
          many.with("slipway:apps.app" + app + ".image", registry(repository + app))
              .with("slipway:apps.app" + app + ".port", 3000)
              .with("slipway:apps.app" + app + ".hostPort", 9000 + app)
              .with("slipway:apps.app" + app + ".health", "/")
              .with("slipway:apps.app" + app + ".secrets.TOKEN", secret + app)
              .with("slipway:apps.app" + app + ".paths", List.of("/app" + app + "/*"));
    }
    many = many.with("slipway:secrets.external", secrets);
    var plan = Plan.of("slipway", "admin-qa", many.values(), Main::stack);

    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  private static List<Finding> ofPolicies(Plan plan) {
    return plan.findings().stream()
        .filter(finding -> finding.rule().equals("policy-limits"))
        .toList();
  }

  @Test
  void fiftyAppsFitIntoTheRightsOfTheirHosts() {
    assertThat(ofPolicies(fiftyApps("admin/application-number-", "token-of-app-"))).isEmpty();
  }

  @Test
  void aHostOfManyAppsIsToldThatItsRightsDoNotFit() {
    assertThat(ofPolicies(fiftyApps("a-repository-with-a-name-".repeat(8), "token-of-app-")))
        .anyMatch(finding -> finding.fails() && finding.message().contains("inline policies of"));
  }

  /** Names of secrets have 40 characters at most. */
  @ParameterizedTest
  @ValueSource(strings = {"token-of-app-", "the-token-of-the-longest-name-there-is"})
  void whatHostsOfFiftyAppsAreToldFitsIntoOneParameter(String secret) {
    var plan = fiftyApps("admin/application-number-", secret);

    var pointer =
        plan.graph().of("aws:ssm/parameter:Parameter").stream()
            .filter(parameter -> parameter.text("name").equals("/slipway/admin-qa/host"))
            .toList();
    assertThat(pointer).hasSize(1);
    var told = JsonParser.parseString(pointer.get(0).text("value")).getAsJsonObject();
    assertThat(told.keySet()).contains("secret." + secret + "0", "secret." + secret + "49");
    assertThat(pointer.get(0).text("tier")).isEqualTo("Advanced");
    assertThat(plan.findings())
        .extracting(Finding::rule)
        .as("of %d characters", pointer.get(0).text("value").length())
        .doesNotContain("parameter-limits");
  }

  @Test
  void aPointerThatFitsCostsNothing() {
    var plan = Plan.of("slipway", "admin-qa", StackConfig.file("admin-qa").values(), Main::stack);

    assertThat(plan.graph().of("aws:ssm/parameter:Parameter"))
        .isNotEmpty()
        .allMatch(parameter -> !parameter.text("tier").equals("Advanced"));
  }

  private static String registry(String name) {
    return "111122223333.dkr.ecr.us-east-1.amazonaws.com/" + name;
  }
}
