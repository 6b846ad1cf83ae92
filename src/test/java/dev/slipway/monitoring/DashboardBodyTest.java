package dev.slipway.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.monitoring.DashboardBody.Chart;
import dev.slipway.monitoring.DashboardBody.Line;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DashboardBodyTest {
  private static JsonArray widgets(int charts, List<String> logGroups) {
    var all =
        IntStream.range(0, charts)
            .mapToObj(
                i ->
                    new Chart(
                        "chart " + i,
                        "p95",
                        List.of(
                            new Line("AWS/RDS", "CPUUtilization", Map.of("Instance", "db" + i)))))
            .toList();
    return JsonParser.parseString(
            DashboardBody.of("us-east-1", all, logGroups, "filter @message like /error/"))
        .getAsJsonObject()
        .getAsJsonArray("widgets");
  }

  private static JsonObject properties(JsonArray widgets, int index) {
    return widgets.get(index).getAsJsonObject().getAsJsonObject("properties");
  }

  @Test
  void showsAMetricByItsNamespaceNameAndDimensions() {
    var chart = properties(widgets(1, List.of()), 0);

    assertThat(chart.get("metrics").toString())
        .isEqualTo("[[\"AWS/RDS\",\"CPUUtilization\",\"Instance\",\"db0\"]]");
    assertThat(chart.get("stat").getAsString()).isEqualTo("p95");
    assertThat(chart.get("region").getAsString()).isEqualTo("us-east-1");
  }

  @Test
  void putsNothingOnAnotherThing() {
    var places = new HashSet<String>();

    for (var widget : widgets(5, List.of("/slipway/qa/api"))) {
      var at = widget.getAsJsonObject();
      assertThat(at.get("x").getAsInt() + at.get("width").getAsInt()).isLessThanOrEqualTo(24);
      places.add(at.get("x") + "," + at.get("y"));
    }
    assertThat(places).containsExactlyInAnyOrder("0,0", "12,0", "0,6", "12,6", "0,12", "0,18");
  }

  @Test
  void asksAllLogsForErrors() {
    var log = properties(widgets(0, List.of("/slipway/qa/api", "/slipway/qa/web")), 0);

    assertThat(log.get("query").getAsString())
        .isEqualTo(
            "SOURCE '/slipway/qa/api' | SOURCE '/slipway/qa/web' | filter @message like /error/");
  }
}
