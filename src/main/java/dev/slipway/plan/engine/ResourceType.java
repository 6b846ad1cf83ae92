package dev.slipway.plan.engine;

import dev.slipway.plan.graph.ResourceNames;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one kind of resource accepts, requires and computes, as its provider's SDK describes it. */
public interface ResourceType {

  /** The type token, for example {@code aws:ec2/vpc:Vpc}. */
  String token();

  /** The names of all inputs. */
  Set<String> inputs();

  /** The names of the inputs that must be given. */
  Set<String> required();

  /** The names of all outputs; {@code id} and {@code urn} are not among them. */
  Set<String> outputs();

  /**
   * What is wrong with these inputs: unknown or missing ones and values of the wrong JSON kind, at
   * any depth. Each problem is one line that begins with the path of the input; none means that the
   * SDK's description is met. Secrets, unknown values and assets are understood, both as {@link
   * PropertyValues} reads them and in Pulumi's wire form.
   */
  List<String> problems(Map<String, Object> inputs);

  /**
   * The values that the provider would compute, {@code id} among them: the same for the same names,
   * and formed like the real ones. Inputs that are given are not repeated.
   */
  Map<String, Object> computed(String name, Map<String, Object> inputs, ResourceNames names);
}
