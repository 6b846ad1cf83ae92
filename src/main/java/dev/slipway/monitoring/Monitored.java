package dev.slipway.monitoring;

import java.util.List;

/**
 * What names its own alarms.
 *
 * <p>What the services tell of themselves is said in the guides of <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html">load
 * balancers</a>, <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html">RDS</a> and <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html">ElastiCache</a>.
 */
public interface Monitored {
  /** When somebody has to look at it. */
  List<Alarm> alarms();
}
