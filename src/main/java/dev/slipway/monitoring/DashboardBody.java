package dev.slipway.monitoring;

import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Renders what CloudWatch shows on a dashboard, two charts in a row and the latest errors below
 * them, as <a
 * href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html">its
 * reference</a> has it.
 */
final class DashboardBody {
  /** A dashboard is 24 columns wide. */
  private static final int WIDTH = 12;

  private static final int HEIGHT = 6;

  private DashboardBody() {}

  /**
   * A line of a chart.
   *
   * @param dimensions what tells the metric from others of its name
   */
  record Line(String namespace, String metric, Map<String, String> dimensions) {
    private List<String> words() {
      var words = new ArrayList<>(List.of(namespace, metric));
      dimensions.forEach(
          (name, value) -> {
            words.add(name);
            words.add(value);
          });
      return words;
    }
  }

  /**
   * A chart.
   *
   * @param statistic {@code Average}, {@code Maximum}, {@code p95}…
   */
  record Chart(String title, String statistic, List<Line> lines) {}

  static String of(String region, List<Chart> charts, List<String> logGroups, String query) {
    var widgets = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < charts.size(); i++) {
      var chart = charts.get(i);
      var shown = new LinkedHashMap<String, Object>();
      shown.put("title", chart.title());
      shown.put("region", region);
      shown.put("view", "timeSeries");
      shown.put("stat", chart.statistic());
      shown.put("period", 300);
      shown.put("metrics", chart.lines().stream().map(Line::words).toList());
      widgets.add(widget("metric", i % 2 * WIDTH, i / 2 * HEIGHT, WIDTH, shown));
    }
    if (!logGroups.isEmpty()) {
      var shown = new LinkedHashMap<String, Object>();
      shown.put("title", "errors");
      shown.put("region", region);
      shown.put("view", "table");
      shown.put(
          "query",
          logGroups.stream().map(group -> "SOURCE '" + group + "' | ").collect(Collectors.joining())
              + query);
      widgets.add(widget("log", 0, (charts.size() + 1) / 2 * HEIGHT, 2 * WIDTH, shown));
    }
    return new GsonBuilder().disableHtmlEscaping().create().toJson(Map.of("widgets", widgets));
  }

  private static Map<String, Object> widget(
      String type, int x, int y, int width, Map<String, Object> shown) {
    var widget = new LinkedHashMap<String, Object>();
    widget.put("type", type);
    widget.put("x", x);
    widget.put("y", y);
    widget.put("width", width);
    widget.put("height", HEIGHT);
    widget.put("properties", shown);
    return widget;
  }
}
