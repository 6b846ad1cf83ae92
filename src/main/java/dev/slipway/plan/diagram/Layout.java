package dev.slipway.plan.diagram;

import dev.slipway.plan.diagram.Diagram.Arrow;
import dev.slipway.plan.diagram.Diagram.Card;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.eclipse.elk.alg.layered.options.LayeredMetaDataProvider;
import org.eclipse.elk.alg.layered.options.LayeredOptions;
import org.eclipse.elk.alg.layered.options.NodePlacementStrategy;
import org.eclipse.elk.core.RecursiveGraphLayoutEngine;
import org.eclipse.elk.core.data.LayoutMetaDataService;
import org.eclipse.elk.core.math.ElkPadding;
import org.eclipse.elk.core.math.KVector;
import org.eclipse.elk.core.options.Alignment;
import org.eclipse.elk.core.options.CoreOptions;
import org.eclipse.elk.core.options.Direction;
import org.eclipse.elk.core.options.EdgeRouting;
import org.eclipse.elk.core.options.HierarchyHandling;
import org.eclipse.elk.core.options.SizeConstraint;
import org.eclipse.elk.core.util.BasicProgressMonitor;
import org.eclipse.elk.graph.ElkEdge;
import org.eclipse.elk.graph.ElkNode;
import org.eclipse.elk.graph.util.ElkGraphUtil;

/**
 * The places of what a diagram shows, from ELK's layered algorithm: arrows run from left to right
 * around cards, and their labels are boxes that take room.
 *
 * @param boxes frames and cards, by their ids
 * @param routes the arrows, in their order
 */
record Layout(int width, int height, Map<String, Box> boxes, List<Route> routes) {

  /** Room in a frame above what is in it, for its label. */
  private static final int HEAD = 46;

  private static final int PAD = 22;

  static {
    LayoutMetaDataService.getInstance()
        .registerLayoutMetaDataProviders(new LayeredMetaDataProvider());
  }

  /** A rectangle of the drawing. */
  record Box(int x, int y, int width, int height) {
    int right() {
      return x + width;
    }

    int middleX() {
      return x + width / 2;
    }

    int middleY() {
      return y + height / 2;
    }
  }

  /** A corner of an arrow. */
  record Point(int x, int y) {}

  /** An arrow's way, and where its label stands. */
  record Route(List<Point> points, Box label) {}

  /**
   * Lays a diagram out.
   *
   * @param cardHeight how high every card is
   */
  static Layout of(
      Diagram diagram,
      ToIntFunction<Card> cardWidth,
      int cardHeight,
      ToIntFunction<Diagram.Frame> frameWidth,
      ToIntFunction<Arrow> labelWidth,
      int labelHeight) {
    var root = graph();
    var nodes = new LinkedHashMap<String, ElkNode>();
    for (var frame : diagram.frames()) {
      // What is outside has no frame around it.
      if (!frame.label().isEmpty()) {
        var node = ElkGraphUtil.createNode(nodes.getOrDefault(frame.parent(), root));
        node.setProperty(LayeredOptions.PADDING, new ElkPadding(HEAD, PAD, PAD, PAD));
        node.setProperty(
            LayeredOptions.NODE_SIZE_CONSTRAINTS, EnumSet.of(SizeConstraint.MINIMUM_SIZE));
        node.setProperty(
            LayeredOptions.NODE_SIZE_MINIMUM,
            new KVector(frameWidth.applyAsInt(frame) + 2 * PAD, HEAD + PAD));
        nodes.put(frame.id(), node);
      }
    }
    for (var card : diagram.cards()) {
      var node = ElkGraphUtil.createNode(nodes.getOrDefault(card.frame(), root));
      node.setProperty(LayeredOptions.ALIGNMENT, Alignment.LEFT);
      node.setDimensions(cardWidth.applyAsInt(card), cardHeight);
      nodes.put(card.id(), node);
    }
    var edges = new ArrayList<ElkEdge>();
    for (var arrow : diagram.arrows()) {
      var edge = ElkGraphUtil.createSimpleEdge(nodes.get(arrow.from()), nodes.get(arrow.to()));
      var label = ElkGraphUtil.createLabel(arrow.label(), edge);
      label.setDimensions(labelWidth.applyAsInt(arrow), labelHeight);
      label.setProperty(LayeredOptions.EDGE_LABELS_INLINE, true);
      edges.add(edge);
    }
    new RecursiveGraphLayoutEngine().layout(root, new BasicProgressMonitor());
    var boxes = new LinkedHashMap<String, Box>();
    nodes.forEach(
        (id, node) -> {
          var corner = origin(node.getParent());
          boxes.put(
              id,
              box(
                  corner,
                  node.getX(),
                  node.getY(),
                  (int) Math.round(node.getWidth()),
                  (int) Math.round(node.getHeight())));
        });
    return new Layout(
        (int) Math.ceil(root.getWidth()),
        (int) Math.ceil(root.getHeight()),
        boxes,
        edges.stream().map(Layout::route).toList());
  }

  private static ElkNode graph() {
    var root = ElkGraphUtil.createGraph();
    root.setProperty(CoreOptions.ALGORITHM, LayeredOptions.ALGORITHM_ID);
    root.setProperty(LayeredOptions.HIERARCHY_HANDLING, HierarchyHandling.INCLUDE_CHILDREN);
    root.setProperty(LayeredOptions.DIRECTION, Direction.RIGHT);
    root.setProperty(LayeredOptions.EDGE_ROUTING, EdgeRouting.ORTHOGONAL);
    root.setProperty(LayeredOptions.NODE_PLACEMENT_STRATEGY, NodePlacementStrategy.NETWORK_SIMPLEX);
    root.setProperty(LayeredOptions.SPACING_NODE_NODE, 26.0);
    root.setProperty(LayeredOptions.SPACING_NODE_NODE_BETWEEN_LAYERS, 40.0);
    root.setProperty(LayeredOptions.SPACING_EDGE_NODE, 14.0);
    root.setProperty(LayeredOptions.SPACING_EDGE_EDGE, 14.0);
    root.setProperty(LayeredOptions.THOROUGHNESS, 30);
    root.setProperty(LayeredOptions.PADDING, new ElkPadding(0));
    // It draws lots, and the same plan is to give the same bytes.
    root.setProperty(LayeredOptions.RANDOM_SEED, 1);
    return root;
  }

  /** ELK counts from the corner of what a node or an arrow is in. */
  private static KVector origin(ElkNode node) {
    var result = new KVector();
    for (var at = node; at != null && at.getParent() != null; at = at.getParent()) {
      result.add(at.getX(), at.getY());
    }
    return result;
  }

  private static Box box(KVector corner, double x, double y, int width, int height) {
    return new Box((int) Math.round(corner.x + x), (int) Math.round(corner.y + y), width, height);
  }

  private static Route route(ElkEdge edge) {
    var corner = origin(edge.getContainingNode());
    var points = new ArrayList<Point>();
    for (var section : edge.getSections()) {
      points.add(point(corner, section.getStartX(), section.getStartY()));
      section.getBendPoints().forEach(bend -> points.add(point(corner, bend.getX(), bend.getY())));
      points.add(point(corner, section.getEndX(), section.getEndY()));
    }
    var label = edge.getLabels().get(0);
    return new Route(
        points,
        box(
            corner,
            label.getX(),
            label.getY(),
            (int) Math.round(label.getWidth()),
            (int) Math.round(label.getHeight())));
  }

  private static Point point(KVector corner, double x, double y) {
    return new Point((int) Math.round(corner.x + x), (int) Math.round(corner.y + y));
  }
}
