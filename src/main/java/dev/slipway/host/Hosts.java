package dev.slipway.host;

import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.identity.ServiceRole;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The machines that a system runs on: one, a {@link Host}, or many, a {@link Fleet}. */
public interface Hosts {
  /** What they may do. */
  ServiceRole role();

  /** What they run. */
  HostBundle bundle();

  /** What must be there before a command can be sent to them. */
  List<Resource> ready();

  /** The words by which scripts/ssm-run.sh finds them. */
  Output<List<String>> target();

  /** Variables that change when they are others than before, or have to know something else. */
  Output<Map<String, String>> marks();

  /**
   * Has a load balancer's target group send requests to them.
   *
   * @param name what the attachment is called, which is a part of the load balancer
   */
  void attach(String name, TargetGroup group, CustomResourceOptions options);

  /**
   * A load balancer's target group.
   *
   * @param app whose requests it gets
   * @param port the port by which hosts answer them
   * @param label the balancer and the group in one, by which its requests are counted
   */
  record TargetGroup(String app, Output<String> arn, int port, Output<String> label) {}

  /** Who replaces them, where that goes by itself and has to be waited for. */
  default Optional<Replacement> replacement() {
    return Optional.empty();
  }

  /**
   * How AWS replaces hosts.
   *
   * @param group the autoscaling group that does it
   * @param template the launch template and its version: another means that hosts are replaced
   */
  record Replacement(Output<String> group, Output<String> template) {}
}
