package dev.slipway.system.fastapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.testing.StackConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong in a FastAPI stack's file is said by the setting's name, all of it at once. */
class FastApiSettingsTest {
  private static final StackConfig DEV = StackConfig.file("fastapi-dev");
  private static final StackConfig PROD = StackConfig.file("fastapi-prod");

  private static String problems(StackConfig config) {
    return String.join(
        "\n", Plan.of("slipway", "fastapi-dev", config.values(), Main::stack).problems());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "service.app | app.main | service.app: \"app.main\" is not MODULE:NAME",
        "service.port | 80 | service.port: 80 is not from 1024 to 32767",
        "service.health | health | service.health: \"health\" is not a path",
        "service.folder | ../other | service.folder: \"../other\" is not a folder within",
        "service.repository | ftp://x/y | service.repository: \"ftp://x/y\" is not the URL",
        "service.token | Not-A-Name | service.token: is not the name of a secret",
        "service.deployKey | key | service.deployKey: goes with an ssh repository",
        "service.workers | 65 | service.workers: 65 is not from 1 to 64",
        "service.requestSeconds | 901 | service.requestSeconds: 901 is not from 1 to 900",
        "service.memoryMiB | 1024 | service.memoryMiB: 1024 is too much for a t3.small: the former"
            + " release and the new one run beside each other, in 2048 MiB",
        "service.databaseUrl | 1URL | service.databaseUrl: \"1URL\" is not the name of a variable",
        "service.environment.PATH | /bin | service.environment.PATH: \"PATH\" is set by the host",
        "service.secrets.X | Xy | service.secrets.X: is not the name of a secret",
        "service.secrets.X | database | service.secrets.X: \"database\" is the secret that the host"
            + " makes",
        "service.secrets.LOG_LEVEL | level | LOG_LEVEL is given more than once",
        "service.index | pypi | service.index: \"pypi\" is not the URL",
        "service.bucketVariables.videos | V | service.bucketVariables.videos: \"videos\" is none of",
        "service.checks.tavily.url | tavily | service.checks.tavily.url: \"tavily\" is not an URL",
        "service.checks.tavily.header | X | service.checks.tavily.header: \"X\" is not a header",
        "database.connectionLimit | 40 | database.connectionLimit: 40 is too many: 2 processes"
            + " (service.workers)",
        "release.minFreeGiB | 20 | release.minFreeGiB: 20 can't be free on a disk of"
            + " host.rootVolumeGiB, 20",
        "network.nat | one | network.nat: \"one\" puts the host into a private subnet, where nobody"
            + " reaches it without a load balancer",
        "network.cidr | 10.40.0.0/24 | network.cidr: \"10.40.0.0/24\" is too small"
      })
  void isSaid(String path, String value, String problem) {
    Object typed = value.matches("[0-9]+") ? Integer.valueOf(value) : value;

    assertThat(problems(DEV.with("slipway:" + path, typed))).contains(problem);
  }

  @Test
  void allOfItIsSaidAtOnce() {
    assertThat(
            problems(
                DEV.with("slipway:service.port", 80)
                    .with("slipway:service.app", "main")
                    .with("slipway:network.zones", List.of("a"))
                    .with("slipway:database.version", "14")))
        .contains("service.port", "service.app", "network.zones: are fewer than two")
        .contains("database.version: \"14\" is none of 15, 16, 17");
  }

  @Test
  void listsAreJudgedOneByOne() {
    assertThat(
            problems(
                DEV.with("slipway:openTo", List.of("0.0.0.0/0", "10.0.0.1/8", "::/0"))
                    .with("slipway:buckets", List.of("logs", "logs", "My_Files"))))
        .contains("openTo[1]: \"10.0.0.1/8\" doesn't start where a /8 does; use 10.0.0.0/8")
        .contains("openTo[2]: \"::/0\" is IPv6, which the network has not")
        .contains("buckets[2]: \"My_Files\" is not a name")
        .contains("names one twice");
  }

  @Test
  void aLoadBalancerWantsADomainAndMoreTimeThanARequestTakes() {
    assertThat(problems(PROD.without("slipway:promotedFrom").without("slipway:domain")))
        .contains("domain.name: is missing");
    assertThat(
            problems(
                PROD.without("slipway:promotedFrom").with("slipway:service.requestSeconds", 90)))
        .contains("balancer.idleTimeoutSeconds: 60 is less than service.requestSeconds, 90");
  }

  @Test
  void aFirstReleaseIsNamed() {
    assertThat(problems(DEV.without("slipway:release")))
        .contains("release.seed: is missing; set it with: pulumi config set --path");
  }

  @Test
  void aKeyInTheStackFileIsRefused() {
    assertThat(
            problems(
                DEV.with("slipway:service.environment.TAVILY_API_KEY", "tvly-abcdefghijklmnop")
                    .with("slipway:service.secrets", Map.of())))
        .contains("service.environment.TAVILY_API_KEY", "looks like a secret");
  }

  @Test
  void aBucketHasTheVariableThatItIsGiven() {
    assertThat(problems(DEV.with("slipway:service.bucketVariables.content", "CONTENT"))).isEmpty();
    assertThat(problems(DEV.with("slipway:service.environment.LOGS_BUCKET", "mine")))
        .contains("LOGS_BUCKET is given more than once");
  }
}
