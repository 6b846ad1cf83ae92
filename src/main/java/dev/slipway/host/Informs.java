package dev.slipway.host;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import java.util.List;
import java.util.Map;

/** A component that hosts must know something of: names and ARNs, never a secret. */
public interface Informs {
  /** Keys of {@code /etc/slipway/environment.json} and their values. */
  Map<String, Output<String>> facts();

  /** What must be there before the host uses what it is told of. */
  List<Resource> ready();
}
