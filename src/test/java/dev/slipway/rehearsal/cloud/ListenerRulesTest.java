package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.rehearsal.cloud.ListenerRules.Asked;
import dev.slipway.rehearsal.cloud.ListenerRules.Fixed;
import dev.slipway.rehearsal.cloud.ListenerRules.Forward;
import dev.slipway.rehearsal.cloud.ListenerRules.Redirect;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ListenerRulesTest {

  private final ListenerRules rules = new ListenerRules();

  @BeforeEach
  void otherwiseNotFound() {
    rules.otherwise(
        List.of(
            Map.of(
                "type",
                "fixed-response",
                "fixedResponse",
                Map.of("statusCode", "404", "contentType", "text/plain", "messageBody", "no"))));
  }

  private void rule(int priority, String group, Map<String, Object> condition) {
    rules.put(
        "arn:" + priority,
        priority,
        List.of(condition),
        List.of(Map.of("type", "forward", "targetGroupArn", group)));
  }

  private static Map<String, Object> host(String... names) {
    return Map.of("hostHeader", Map.of("values", List.of(names)));
  }

  private static Map<String, Object> path(String... patterns) {
    return Map.of("pathPattern", Map.of("values", List.of(patterns)));
  }

  private static Asked asked(String host, String path) {
    return new Asked("GET", host, path, "x=1", "https", 443);
  }

  private String group(String host, String path) {
    return rules.of(asked(host, path)) instanceof Forward forward
        ? rules.targetGroup(forward)
        : "none";
  }

  @Test
  void theLowestPriorityIsFirst() {
    rule(20, "web", path("/*"));
    rule(10, "api", path("/api/*"));

    assertThat(group("a.test", "/api/x")).isEqualTo("api");
    assertThat(group("a.test", "/x")).isEqualTo("web");
  }

  @Test
  void hostsMatchInAnyCaseAndPathsDoNot() {
    rule(10, "api", host("api.example.com", "*.api.example.com"));
    rule(20, "web", path("/Shop/?"));

    assertThat(group("API.Example.com", "/")).isEqualTo("api");
    assertThat(group("x.api.example.com", "/")).isEqualTo("api");
    assertThat(group("apixexample.com", "/")).isEqualTo("none");
    assertThat(group("a.test", "/Shop/1")).isEqualTo("web");
    assertThat(group("a.test", "/shop/1")).isEqualTo("none");
    assertThat(group("a.test", "/Shop/12")).isEqualTo("none");
  }

  @Test
  void allConditionsOfARuleMustHold() {
    rules.put(
        "arn:1",
        1,
        List.of(host("a.test"), path("/api/*")),
        List.of(Map.of("type", "forward", "targetGroupArn", "api")));

    assertThat(group("a.test", "/api/x")).isEqualTo("api");
    assertThat(group("b.test", "/api/x")).isEqualTo("none");
  }

  @Test
  void whatNoRuleTakesGetsTheDefault() {
    assertThat(rules.of(asked("a.test", "/"))).isEqualTo(new Fixed(404, "text/plain", "no"));
  }

  @Test
  void ruleThatIsRemovedMatchesNoMore() {
    rule(10, "api", path("/*"));
    rules.remove("arn:10");

    assertThat(group("a.test", "/")).isEqualTo("none");
  }

  @Test
  void targetGroupsTakeTurnsByWeight() {
    rules.otherwise(
        List.of(
            Map.of(
                "type",
                "forward",
                "forward",
                Map.of(
                    "targetGroups",
                    List.of(
                        Map.of("arn", "old", "weight", 3), Map.of("arn", "new", "weight", 1))))));

    var groups = Stream.generate(() -> group("a.test", "/")).limit(8).toList();

    assertThat(groups.stream().filter("old"::equals)).hasSize(6);
    assertThat(groups.stream().filter("new"::equals)).hasSize(2);
  }

  @Test
  void redirectKeepsWhatItDoesNotName() {
    var redirect = new Redirect(301, "HTTPS", "#{host}", "443", "/#{path}", "#{query}");

    assertThat(ListenerRules.location(redirect, asked("qa.example.com", "/a/b")))
        .isEqualTo("https://qa.example.com:443/a/b?x=1");
  }

  @Test
  void conditionThatItDoesNotKnowIsRefused() {
    assertThatThrownBy(() -> rule(1, "api", Map.of("sourceIp", Map.of("values", List.of("::/0")))))
        .isInstanceOf(AwsError.class)
        .hasMessageContaining("sourceIp");
  }
}
