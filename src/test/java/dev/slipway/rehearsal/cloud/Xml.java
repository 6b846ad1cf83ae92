package dev.slipway.rehearsal.cloud;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Reads the XML that AWS's older protocols answer with, by local names. */
record Xml(Element element) {

  static Xml parse(byte[] text) {
    try {
      var factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      var builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return new Xml(builder.parse(new ByteArrayInputStream(text)).getDocumentElement());
    } catch (Exception e) {
      throw new IllegalStateException("not XML: " + new String(text), e);
    }
  }

  String name() {
    return element.getLocalName();
  }

  List<Xml> children() {
    var found = new ArrayList<Xml>();
    for (Node n = element.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element child) {
        found.add(new Xml(child));
      }
    }
    return found;
  }

  List<Xml> children(String name) {
    return children().stream().filter(child -> child.name().equals(name)).toList();
  }

  /**
   * The element at a path of names, e.g. {@code vpc/vpcId}; the response's own wrapper is left out.
   */
  Optional<Xml> at(String path) {
    Optional<Xml> here = Optional.of(this);
    for (String step : path.split("/")) {
      here = here.flatMap(xml -> xml.children(step).stream().findFirst());
    }
    return here;
  }

  String text(String path) {
    return at(path).map(Xml::text).orElse("");
  }

  String text() {
    return element.getTextContent();
  }

  /** The first element of that name anywhere below. */
  Optional<Xml> anywhere(String name) {
    for (Xml child : children()) {
      if (child.name().equals(name)) {
        return Optional.of(child);
      }
      Optional<Xml> deeper = child.anywhere(name);
      if (deeper.isPresent()) {
        return deeper;
      }
    }
    return Optional.empty();
  }

  String need(String name) {
    return anywhere(name)
        .map(Xml::text)
        .orElseThrow(() -> new IllegalStateException("no <" + name + "> in <" + name() + ">"));
  }

  /** The items of EC2's {@code <tagSet><item><key/><value/>}. */
  Map<String, String> tags(String setName) {
    var tags = new LinkedHashMap<String, String>();
    at(setName)
        .ifPresent(
            set ->
                set.children("item")
                    .forEach(item -> tags.put(item.text("key"), item.text("value"))));
    return tags;
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
