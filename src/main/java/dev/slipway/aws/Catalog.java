package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is known of AWS, a class for each service and an {@link AwsType} for each type of resource.
 *
 * <p>Which actions know which resources and conditions is said in the <a
 * href="https://docs.aws.amazon.com/service-authorization/latest/reference/">Service Authorization
 * Reference</a>.
 */
public final class Catalog {
  /** In the order in which their statements come. */
  private static final Map<String, AwsType> TYPES = new LinkedHashMap<>();

  static {
    Stream.of(
            Ec2.TYPES,
            AutoScaling.TYPES,
            Elb.TYPES,
            Acm.TYPES,
            Route53.TYPES,
            Iam.TYPES,
            S3.TYPES,
            Kms.TYPES,
            Ssm.TYPES,
            Logs.TYPES,
            CloudWatch.TYPES,
            Sns.TYPES,
            Scheduler.TYPES,
            Rds.TYPES,
            ElastiCache.TYPES,
            MemoryDb.TYPES,
            SecretsManager.TYPES,
            Ecr.TYPES,
            Budgets.TYPES,
            Efs.TYPES,
            Sqs.TYPES,
            Lambda.TYPES,
            StepFunctions.TYPES,
            EventBridge.TYPES,
            CloudFront.TYPES)
        .flatMap(List::stream)
        .forEach(Catalog::add);
  }

  private Catalog() {}

  static void add(AwsType type) {
    if (TYPES.putIfAbsent(type.token(), type) != null) {
      throw new IllegalStateException(type.token() + " is described twice");
    }
  }

  /** For tests, which put back what they add. */
  static void remove(AwsType type) {
    TYPES.remove(type.token());
  }

  /** Every type that there is a description of. */
  public static Collection<AwsType> types() {
    return List.copyOf(TYPES.values());
  }

  /** What is known of a type; nothing of one that no stack has. */
  public static Optional<AwsType> type(String token) {
    return Optional.ofNullable(TYPES.get(token));
  }

  /** What stays of types that are destroyed, by their names; scripts read it as JSON. */
  static Map<String, Object> leftovers() {
    var result = new TreeMap<String, Object>();
    TYPES
        .values()
        .forEach(type -> type.leftover().ifPresent(left -> result.put(type.token(), left.json())));
    return result;
  }

  /** What has to be emptied before it can be deleted, by type; scripts read it as JSON. */
  static Map<String, Object> contents() {
    var result = new TreeMap<String, Object>();
    TYPES
        .values()
        .forEach(type -> type.contents().ifPresent(held -> result.put(type.token(), held)));
    return result;
  }

  /** What deploying a stack of these types takes. */
  public static List<Statement> deploy(Collection<String> types, Target stack) {
    return joined(of(types).flatMap(type -> said(type.deploy(), stack)));
  }

  /** What previews of stacks ask, by the types of each. */
  public static List<Statement> preview(Map<Target, ? extends Collection<String>> stacks) {
    return joined(each(stacks, AwsType::preview));
  }

  /**
   * What a refresh reads.
   *
   * @param any the account and region
   * @param types those of all stacks
   * @param stacks the types of each, by which it reads what is more than setup: their pointers and
   *     bundles. A wildcard goes across slashes, and a pattern for all stacks would let it read a
   *     secret that is called as the pointer is.
   */
  public static List<Statement> refresh(
      Target any, Collection<String> types, Map<Target, ? extends Collection<String>> stacks) {
    return joined(
        Stream.concat(
            of(types).flatMap(type -> said(type.refresh(), any)),
            each(stacks, AwsType::refreshEach)));
  }

  /** The most that a role of a stack of these types can ever do. */
  public static List<Statement> boundary(Collection<String> types, Target stack) {
    return joined(of(types).flatMap(type -> said(type.boundary(), stack)));
  }

  private static Stream<AwsType> of(Collection<String> types) {
    var unknown = new TreeSet<>(types);
    unknown.removeAll(TYPES.keySet());
    if (!unknown.isEmpty()) {
      throw new IllegalStateException("no class of dev.slipway.aws describes " + unknown);
    }
    return TYPES.values().stream().filter(type -> types.contains(type.token()));
  }

  private static Stream<Statement> each(
      Map<Target, ? extends Collection<String>> stacks, Function<AwsType, List<Right>> rights) {
    return stacks.entrySet().stream()
        .flatMap(
            stack ->
                of(stack.getValue()).flatMap(type -> said(rights.apply(type), stack.getKey())));
  }

  private static Stream<Statement> said(List<Right> rights, Target target) {
    return rights.stream().map(right -> right.of(target));
  }

  /** Statements of one name in one, and none that is about nothing. */
  public static List<Statement> joined(Stream<Statement> statements) {
    var all = new LinkedHashMap<String, Statement>();
    statements.forEach(statement -> all.merge(statement.sid(), statement, Statement::joined));
    return all.values().stream().filter(statement -> !statement.isIdle()).toList();
  }
}
