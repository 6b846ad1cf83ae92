package dev.slipway.plan.graph;

import dev.slipway.aws.PlannedResource;
import java.util.List;
import java.util.Optional;

/** A resource of a graph, as the catalog asks about it. */
public record GraphResource(Graph graph, Resource resource) implements PlannedResource {

  @Override
  public String type() {
    return resource.type();
  }

  @Override
  public String id() {
    return resource.id();
  }

  @Override
  public String label() {
    return graph.label(resource);
  }

  @Override
  public String shortName() {
    return graph.shortName(resource);
  }

  @Override
  public boolean isProtected() {
    return resource.protect();
  }

  @Override
  public String text(String path) {
    return resource.text(path);
  }

  @Override
  public Object value(String path) {
    return resource.value(path);
  }

  @Override
  public boolean is(String path) {
    return resource.is(path);
  }

  @Override
  public List<?> list(String path) {
    return resource.list(path);
  }

  @Override
  public Optional<PlannedResource> follow(String path, Object value) {
    return graph.follow(resource, path, value).map(found -> new GraphResource(graph, found));
  }

  @Override
  public List<PlannedResource> pointedAtBy(String type, String path) {
    return all(graph.pointingAt(resource, type, path));
  }

  @Override
  public List<PlannedResource> mentionedBy(String type, String path) {
    return all(graph.mentioning(resource, type, path));
  }

  @Override
  public String named(String path, Object value) {
    return graph.named(resource, path, value);
  }

  @Override
  public String reach() {
    return Reach.in(graph).stream()
        .filter(reach -> reach.rule().equals(resource))
        .findFirst()
        .map(
            reach ->
                reach.ports() + (reach.inbound() ? " from " + reach.from() : " to " + reach.to()))
        .orElse("");
  }

  private List<PlannedResource> all(List<Resource> resources) {
    return resources.stream()
        .<PlannedResource>map(found -> new GraphResource(graph, found))
        .toList();
  }
}
