package dev.slipway.plan.diagram;

import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Resource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The components of a stack, and which needs which, from recorded parents and dependencies. */
final class ComponentsDiagram {

  /** What ties two together that are there already, and hangs below either of them. */
  private static final Set<String> TIES =
      Set.of(
          "aws:autoscaling/attachment:Attachment",
          "aws:iam/rolePolicy:RolePolicy",
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
          "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");

  private ComponentsDiagram() {}

  static Flow of(Graph graph) {
    var flow = new Flow("LR");
    var components = new LinkedHashMap<String, Resource>();
    graph.root().map(graph::children).orElse(java.util.List.of()).stream()
        .flatMap(system -> graph.children(system).stream())
        .filter(resource -> !resource.custom())
        .forEach(resource -> components.put(resource.urn(), resource));
    var needs = new TreeMap<String, Set<String>>();
    for (var resource : graph.resources()) {
      if (TIES.contains(resource.type())) {
        continue;
      }
      var from = owner(graph, resource, components);
      var urns = new TreeSet<>(resource.dependencies());
      resource.propertyDependencies().values().forEach(urns::addAll);
      for (var urn : urns) {
        var to = graph.at(urn).map(found -> owner(graph, found, components)).orElse("");
        if (!from.isEmpty() && !to.isEmpty() && !from.equals(to)) {
          needs.computeIfAbsent(from, key -> new TreeSet<>()).add(to);
        }
      }
    }
    components
        .values()
        .forEach(
            component ->
                flow.node(
                    component.urn(),
                    "",
                    Shape.BOX,
                    graph.label(component),
                    component.type().replaceFirst("^slipway:", "").replace(':', '.')));
    needs.forEach(
        (from, all) ->
            all.stream()
                .filter(to -> !isImplied(needs, from, to))
                .forEach(to -> flow.arrow(from, to, "needs")));
    return flow;
  }

  /** The component right below the system that a resource is in. */
  private static String owner(Graph graph, Resource resource, Map<String, Resource> components) {
    var at = java.util.Optional.of(resource);
    while (at.isPresent()) {
      if (components.containsKey(at.get().urn())) {
        return at.get().urn();
      }
      at = graph.parent(at.get());
    }
    return "";
  }

  /** Whether another one that it needs needs this in turn: the longer way says it. */
  private static boolean isImplied(Map<String, Set<String>> needs, String from, String to) {
    return needs.get(from).stream()
        .filter(by -> !by.equals(to))
        .anyMatch(
            by -> reaches(needs, by, to) && !reaches(needs, to, by) && !reaches(needs, by, from));
  }

  private static boolean reaches(Map<String, Set<String>> needs, String from, String to) {
    var seen = new TreeSet<String>();
    var open = new java.util.ArrayDeque<>(needs.getOrDefault(from, Set.of()));
    while (!open.isEmpty()) {
      var each = open.pop();
      if (each.equals(to)) {
        return true;
      }
      if (seen.add(each)) {
        open.addAll(needs.getOrDefault(each, Set.of()));
      }
    }
    return false;
  }
}
