package dev.slipway.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.InvalidSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {

  private static Route paths(int port, String... paths) {
    return new Route(port, "/health", List.of(), List.of(paths));
  }

  private static Route hosts(int port, String... hosts) {
    return new Route(port, "/health", List.of(hosts), List.of());
  }

  @Test
  void areLookedAtInTheOrderOfHowExactTheyAre() {
    var routes =
        new Routes(
            Map.of(
                "any", hosts(8001, "*.example.com"),
                "shop", hosts(8002, "shop.example.com"),
                "api", paths(8003, "/api/*"),
                "api-v2", paths(8004, "/api/v2/*"),
                "admin", new Route(8005, "/", List.of("a.example.com"), List.of("/x"))));

    assertThat(List.of("admin", "api-v2", "api", "shop", "any"))
        .isSortedAccordingTo(java.util.Comparator.comparing(routes::priority));
    assertThat(List.of("admin", "api-v2", "api", "shop", "any"))
        .allSatisfy(app -> assertThat(routes.priority(app)).isBetween(1, 50_000));
  }

  @Test
  void keepTheirNumbersWhenAnAppIsAdded() {
    var before = new TreeMap<String, Route>();
    for (int i = 0; i < 12; i++) {
      before.put("app" + i, paths(8000 + i, "/app" + i + "/*"));
    }
    var after = new TreeMap<>(before);
    after.put("zoo", paths(9000, "/zoo/*"));

    var first = new Routes(before);
    var second = new Routes(after);
    before.keySet().forEach(app -> assertThat(second.priority(app)).isEqualTo(first.priority(app)));
    assertThat(after.keySet().stream().map(second::priority)).doesNotHaveDuplicates();
  }

  @Test
  void giveTheRestToTheAppThatNamesNothing() {
    var routes = new Routes(Map.of("api", paths(8001, "/api/*"), "web", paths(8002)));

    assertThat(routes.rest()).contains("web");
    assertThat(new Routes(Map.of("api", paths(8001, "/api/*"))).rest()).isEmpty();
  }

  @Test
  void areRefusedWhereTwoAppsWantTheSame() {
    assertThatThrownBy(() -> new Routes(Map.of("api", paths(8001), "web", paths(8002))))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(
            "web.hosts: and paths are missing, and so are those of api: one app can take what nobody"
                + " else takes");
    assertThatThrownBy(
            () ->
                new Routes(Map.of("api", paths(8001, "/a", "/b"), "web", paths(8002, "/b", "/a"))))
        .hasMessageContaining("web.paths: and hosts are those of api, too");
    assertThatThrownBy(() -> new Routes(Map.of("api", paths(8001, "/a"), "web", paths(8001))))
        .hasMessageContaining("web.hostPort: 8001 is api's, too; give each app its own");
    assertThatThrownBy(() -> new Routes(Map.of())).hasMessageContaining("has no app to route to");
  }

  @ParameterizedTest
  @CsvSource({
    "0, /health, /a, 'hostPort: 0 is not a port, from 1 to 65535'",
    "8001, health, /a, 'health: \"health\" is not a path such as /health'",
    "8001, /health, api/*, 'paths[0]: \"api/*\" is not a path such as /api/*'",
    "8001, /health, /******, 'paths: have, with hosts, more than 5 wildcards'"
  })
  void areRefusedWhereABalancerWouldRefuseThem(
      int port, String health, String path, String problem) {
    assertThatThrownBy(() -> new Route(port, health, List.of(), List.of(path)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(problem);
  }

  @Test
  void areRefusedWithMoreThanARuleTakes() {
    assertThatThrownBy(() -> paths(8001, "/a", "/b", "/c", "/d", "/e", "/f"))
        .hasMessageContaining("more than 5, which is what a rule of a load balancer takes");
    assertThatThrownBy(() -> hosts(8001, "api")).hasMessageContaining("is not a domain");
  }

  @ParameterizedTest
  @CsvSource({
    "qa, api",
    "a-stack-of-20-letters, a-web-app-of-20-chars",
    "a-stack-of-20-letters, ab"
  })
  void haveTargetGroupsWhoseNamesFit(String stack, String app) {
    var name = Routes.targetGroup(stack.substring(0, Math.min(20, stack.length())), app, 8001);

    assertThat(name).matches("[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?").doesNotContain("--");
    assertThat(Routes.targetGroup("qa", app, 8002))
        .isNotEqualTo(Routes.targetGroup("qa", app, 8001));
  }
}
