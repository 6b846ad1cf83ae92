package dev.slipway.system.fastapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Json;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.StackConfig;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What differs between the two stacks: settings, and what follows from them, and nothing else. */
class DevAndProdTest {
  private static final StackConfig DEV = StackConfig.file("fastapi-dev");
  private static final StackConfig PROD = StackConfig.file("fastapi-prod");

  /** Every setting of a stack file by its path. */
  private static Map<String, String> settings(StackConfig config) {
    var all = new TreeMap<String, String>();
    config.values().forEach((key, value) -> flatten(key, parsed(value), all));
    return all;
  }

  private static Object parsed(String value) {
    return value.startsWith("{") ? Json.object(value) : value;
  }

  private static void flatten(String path, Object value, Map<String, String> into) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> flatten(path + "." + key, inner, into));
    } else {
      into.put(path, String.valueOf(value));
    }
  }

  private static Set<String> resources(String stack, StackConfig config) {
    return FakeCloud.stack(stack, config).all().stream()
        .map(FakeResource::toString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> without(Collection<String> all, Collection<String> others) {
    var rest = new TreeSet<>(all);
    rest.removeAll(others);
    return rest;
  }

  @Test
  void isSettingsOnly() {
    var dev = settings(DEV);
    var prod = settings(PROD);
    var paths = new TreeSet<>(dev.keySet());
    paths.addAll(prod.keySet());
    paths.removeIf(path -> dev.getOrDefault(path, "").equals(prod.getOrDefault(path, "")));

    paths.forEach(
        path ->
            System.out.printf(
                "%-36s dev: %-24s prod: %s%n",
                path, dev.getOrDefault(path, "-"), prod.getOrDefault(path, "-")));
    assertThat(paths)
        .containsExactly(
            "slipway:accept.open-to-the-world",
            "slipway:alb",
            "slipway:alerts.logRetentionDays",
            "slipway:branch",
            "slipway:database.backupDays",
            "slipway:domain.name",
            "slipway:domain.zoneId",
            "slipway:network.cidr",
            "slipway:promotedFrom",
            "slipway:service.environment.LOG_LEVEL",
            "slipway:tags.Environment");
  }

  /** One setting, alb, decides which resources there are. */
  @Test
  void ofResourcesIsTheLoadBalancersOrTheOpenPorts() {
    var dev = resources("fastapi-dev", DEV);
    var prod = resources("fastapi-prod", PROD);

    System.out.println("dev alone:  " + without(dev, prod));
    System.out.println("prod alone: " + without(prod, dev));
    assertThat(without(dev, prod))
        .containsExactly(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
                + " \"fastapi-host-open-8000-0-0-0-0-0\"");
    assertThat(without(prod, dev))
        .allMatch(
            resource ->
                resource.contains("\"fastapi-balancer")
                    || resource.contains("\"fastapi-host-balancer-8000\"")
                    || List.of("balancer-latency", "balancer-errors", "service-errors").stream()
                        .anyMatch(resource::contains)
                    || resource.contains("service-unhealthy"));
    assertThat(resources("fastapi-prod", PROD.with("slipway:alb", false))).isEqualTo(dev);
    assertThat(
            resources(
                "fastapi-dev",
                DEV.with("slipway:alb", true)
                    .with(
                        "slipway:domain",
                        Map.of("name", "api.example.com", "zoneId", "Z0123456789EXAMPLE"))))
        .isEqualTo(prod);
  }
}
