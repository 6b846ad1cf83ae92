package dev.slipway.plan.rules;

import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * House rules about what AWS takes at most; from its pages on quotas, of <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html">IAM</a>, <a
 * href="https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html">VPC</a> and <a
 * href="https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html">ACM</a>.
 */
final class LimitRules {

  private static final int MANAGED_POLICY = 6144;
  private static final int INLINE_POLICIES = 10_240;
  private static final int TRUST_POLICY = 2048;
  private static final int POLICIES_OF_A_ROLE = 10;
  private static final int RULES_OF_A_GROUP = 60;
  private static final int FIRST_NAME = 64;
  private static final int NAMES_AT_FIRST = 10;
  private static final int NAMES_AT_MOST = 100;

  private static final String CERTIFICATE = "aws:acm/certificate:Certificate";

  static final List<Rule> ALL =
      List.of(
          Rule.error(
              "name-limits",
              "AWS refuses names that are too long or of other characters in the middle of an"
                  + " update.",
              graph ->
                  graph.resources().stream()
                      .filter(resource -> resource.custom() && !resource.external())
                      .flatMap(
                          resource ->
                              NameLimits.problems(resource).stream()
                                  .map(
                                      what ->
                                          new Hit(
                                              resource, what + "; shorten what it is made of")))),
          Rule.error(
              "policy-limits",
              "IAM counts the characters of policies, and the policies of a role, and refuses what"
                  + " is more.",
              LimitRules::policies),
          Rule.error(
              "group-limits",
              "A security group takes 60 rules each way unless the account's quota was raised.",
              LimitRules::groups),
          Rule.error(
              "parameter-limits",
              "Parameter Store refuses values of more than 4 KB, and of more than 8 KB in an advanced"
                  + " parameter."),
          Rule.error(
              "certificate-limits",
              "A certificate's first name has at most 64 characters, and it has at most 100 names.",
              graph ->
                  graph.of(CERTIFICATE).stream()
                      .flatMap(
                          certificate -> {
                            var first = certificate.text("domainName");
                            int names = names(certificate);
                            return Stream.concat(
                                first.length() > FIRST_NAME
                                    ? Stream.of(
                                        new Hit(
                                            certificate,
                                            "begins with \"%s\", which has %d characters, and ACM takes 64 there; put a shorter name first"
                                                .formatted(first, first.length())))
                                    : Stream.empty(),
                                names > NAMES_AT_MOST
                                    ? Stream.of(
                                        new Hit(
                                            certificate,
                                            names
                                                + " names are more than the 100 that ACM takes; use"
                                                + " a wildcard, or several stacks"))
                                    : Stream.empty());
                          })),
          Rule.warning(
              "certificate-quota",
              "ACM takes 10 names a certificate until the account's quota is raised.",
              graph ->
                  graph.of(CERTIFICATE).stream()
                      .filter(
                          certificate ->
                              names(certificate) > NAMES_AT_FIRST
                                  && names(certificate) <= NAMES_AT_MOST)
                      .map(
                          certificate ->
                              new Hit(
                                  certificate,
                                  names(certificate)
                                      + " names are more than the 10 that ACM takes at first; have"
                                      + " the quota \"Domain names per ACM certificate\" raised"
                                      + " before"))));

  private LimitRules() {}

  private static int names(Resource certificate) {
    return 1
        + (int)
            certificate.list("subjectAlternativeNames").stream()
                .filter(name -> !certificate.text("domainName").equals(name))
                .distinct()
                .count();
  }

  /** IAM doesn't count white space. */
  private static int size(Object policy) {
    return String.valueOf(policy).replaceAll("\\s", "").length();
  }

  private static Stream<Hit> policies(Graph graph) {
    var hits = Stream.<Hit>builder();
    for (var policy : graph.of("aws:iam/policy:Policy")) {
      int size = size(policy.value("policy"));
      if (size > MANAGED_POLICY) {
        hits.add(
            new Hit(
                policy,
                "has %d characters, and IAM takes %d; spread it over several"
                    .formatted(size, MANAGED_POLICY)));
      }
    }
    for (var role : graph.of("aws:iam/role:Role")) {
      int trust = size(role.value("assumeRolePolicy"));
      if (trust > TRUST_POLICY) {
        hits.add(
            new Hit(
                role,
                "has a trust policy of %d characters, and IAM takes %d until the account's quota is raised; let fewer take it"
                    .formatted(trust, TRUST_POLICY)));
      }
      int inline =
          graph.pointingAt(role, "aws:iam/rolePolicy:RolePolicy", "role").stream()
              .mapToInt(policy -> size(policy.value("policy")))
              .sum();
      if (inline > INLINE_POLICIES) {
        hits.add(
            new Hit(
                role,
                "has inline policies of %d characters together, and IAM takes %d; have fewer of what they name"
                    .formatted(inline, INLINE_POLICIES)));
      }
      int attached =
          graph
              .pointingAt(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")
              .size();
      if (attached > POLICIES_OF_A_ROLE) {
        hits.add(
            new Hit(
                role,
                "has %d policies attached, and IAM takes %d until the account's quota is raised"
                    .formatted(attached, POLICIES_OF_A_ROLE)));
      }
    }
    return hits.build();
  }

  private static Stream<Hit> groups(Graph graph) {
    var hits = Stream.<Hit>builder();
    for (var direction : List.of("Ingress", "Egress")) {
      var type = "aws:vpc/securityGroup%1$sRule:SecurityGroup%1$sRule".formatted(direction);
      var counts = new TreeMap<String, Integer>();
      for (var rule : graph.of(type)) {
        graph
            .follow(rule, "securityGroupId")
            .ifPresent(group -> counts.merge(group.urn(), 1, Integer::sum));
      }
      counts.forEach(
          (urn, count) -> {
            if (count > RULES_OF_A_GROUP) {
              hits.add(
                  new Hit(
                      graph.at(urn).orElseThrow(),
                      "has %d %s rules, and AWS takes %d until the account's quota is raised; name fewer, larger blocks of addresses"
                          .formatted(
                              count,
                              direction.equals("Ingress") ? "inbound" : "outbound",
                              RULES_OF_A_GROUP)));
            }
          });
    }
    return hits.build();
  }
}
