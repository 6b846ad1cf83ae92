package dev.slipway.core;

import com.pulumi.resources.Resource;
import java.util.List;

/** A component that has something to tell hosts. */
public interface Linkable {
  /** What it tells them. */
  Link link();

  /** What must be there before the host uses what it is told of. */
  List<Resource> ready();
}
