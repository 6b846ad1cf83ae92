package dev.slipway.aws;

import static dev.slipway.aws.Scopes.own;
import static dev.slipway.aws.Scopes.tagged;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CloudFront: distributions, told by their tag, and what they are given: access to their origins,
 * and the keys whose signatures they believe. AWS makes the ids of these and takes no tags for
 * them, so that nothing tells one stack's from another's.
 */
final class CloudFront {
  private static final String DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
  private static final String NAME = "[0-9A-Za-z_-]+";

  /**
   * What the first 10 TB of a month cost after the free tier: a terabyte and ten million requests
   * of the account are free each month. What counts is where people are; here it is the part of the
   * world that the stack is in. What comes from S3 to CloudFront is free.
   */
  private static final Prices PRICES =
      Prices.of(
          "cloudfront",
          "https://aws.amazon.com/cloudfront/pricing/",
          "2025-06-30",
          """
          transfer  us-east-1,us-east-2,us-west-2,eu-west-1,eu-central-1  0.085      GB
          request   us-east-1,us-east-2,us-west-2                         0.000001   request
          request   eu-west-1,eu-central-1                                0.0000012  request
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of(DISTRIBUTION)
              .heldWhileUsed()
              .costs(
                  distribution ->
                      List.of(
                          Charge.usageBased(PRICES, "transfer", "traffic to people"),
                          Charge.usageBased(PRICES, "request", "HTTPS requests")))
              .drawn(
                  Drawing.card(Icon.GATEWAY)
                      .details(
                          distribution ->
                              List.of(
                                  "CloudFront"
                                      + (signed(distribution).isEmpty() ? "" : ", signed URLs")))
                      .links(CloudFront::reads))
              .inWords(
                  distribution ->
                      AwsType.words(
                          distribution.text("priceClass"),
                          signed(distribution).isEmpty() ? "" : "signed URLs"))
              .breaks("cdn-tls", CloudFront::plainText)
              .breaks("cdn-open", CloudFront::isOpen)
              .replacedBy("staging")
              .computes("id", "E{letters13}")
              .computes("arn", "arn:aws:cloudfront::{account}:distribution/{id}")
              .computes("domainName", "d{hex13}.cloudfront.net")
              .computes("etag", "E{letters13}")
              // The same for all distributions of the world.
              .computes("hostedZoneId", "Z2FDTNDATAQYW2")
              .computes("status", "Deployed")
              .toDeploy(
                  stack ->
                      tagged(
                          Statement.allow("MakeDistribution")
                              .actions("cloudfront:CreateDistribution")
                              .resources("*"),
                          stack),
                  stack ->
                      Scopes.tagNew(
                          Statement.allow("TagNewDistribution")
                              .actions("cloudfront:TagResource")
                              .resources(distributions(stack)),
                          stack),
                  stack ->
                      Scopes.tagOwn(
                          Statement.allow("TagOwnDistribution")
                              .actions("cloudfront:TagResource")
                              .resources(distributions(stack)),
                          stack),
                  stack ->
                      Scopes.untagOwn(
                          Statement.allow("UntagOwnDistribution")
                              .actions("cloudfront:UntagResource")
                              .resources(distributions(stack)),
                          stack),
                  stack ->
                      own(
                          Statement.allow("KeepOwnDistribution")
                              .actions(
                                  "cloudfront:DeleteDistribution",
                                  "cloudfront:GetDistribution",
                                  "cloudfront:GetDistributionConfig",
                                  "cloudfront:ListTagsForResource",
                                  "cloudfront:UpdateDistribution")
                              .resources(distributions(stack)),
                          stack))
              .toRefresh(
                  any ->
                      Scopes.ofAnyStack(
                          Statement.allow("SeeDistributions")
                              .actions(
                                  "cloudfront:GetDistribution",
                                  "cloudfront:GetDistributionConfig",
                                  "cloudfront:ListTagsForResource")
                              .resources(distributions(any)))),
          AwsType.of("aws:cloudfront/originAccessControl:OriginAccessControl")
              .heldWhileUsed()
              .free()
              .inWords(access -> "signs " + access.text("signingBehavior"))
              .named("name", 1, 64, "[ -~]+")
              .computes("id", "E{letters13}")
              .computes("etag", "E{letters13}")
              .toDeploy(
                  keep("cloudfront:CreateOriginAccessControl"),
                  stack ->
                      Statement.allow("KeepAccessToOrigins")
                          .actions(
                              "cloudfront:DeleteOriginAccessControl",
                              "cloudfront:GetOriginAccessControl",
                              "cloudfront:UpdateOriginAccessControl")
                          .resources(accesses(stack)))
              .toRefresh(
                  any ->
                      Statement.allow("SeeAccessToOrigins")
                          .actions("cloudfront:GetOriginAccessControl")
                          .resources(accesses(any))),
          AwsType.of("aws:cloudfront/publicKey:PublicKey")
              .heldWhileUsed()
              .free()
              .namedOrPrefixed("name", 1, 128, NAME, NAME)
              .replacedBy("encodedKey", "name", "namePrefix")
              .computes("id", "K{letters13}")
              .computes("etag", "E{letters13}")
              .toDeploy(
                  keep(
                      "cloudfront:CreatePublicKey",
                      "cloudfront:DeletePublicKey",
                      "cloudfront:GetPublicKey",
                      "cloudfront:UpdatePublicKey"))
              .toRefresh(Scopes.see("cloudfront:GetPublicKey")),
          AwsType.of("aws:cloudfront/keyGroup:KeyGroup")
              .heldWhileUsed()
              .free()
              .named("name", 1, 128, NAME)
              .computes("id", "{hex8}-{hex4}-4000-8000-{hex12}")
              .computes("etag", "E{letters13}")
              .toDeploy(
                  keep(
                      "cloudfront:CreateKeyGroup",
                      "cloudfront:DeleteKeyGroup",
                      "cloudfront:GetKeyGroup",
                      "cloudfront:UpdateKeyGroup"))
              .toRefresh(Scopes.see("cloudfront:GetKeyGroup")));

  private CloudFront() {}

  /** The groups of keys by which it shows anything. */
  private static List<?> signed(PlannedResource distribution) {
    return distribution.list("defaultCacheBehavior.trustedKeyGroups");
  }

  private static List<Link> reads(PlannedResource distribution) {
    return origins(distribution)
        .flatMap(
            origin ->
                distribution.follow("origins", origin.get("domainName")).stream()
                    .map(bucket -> new Link(distribution, bucket, "read", false)))
        .toList();
  }

  private static Stream<Map<?, ?>> origins(PlannedResource distribution) {
    return distribution.list("origins").stream()
        .filter(Map.class::isInstance)
        .map(origin -> (Map<?, ?>) origin);
  }

  private static String plainText(PlannedResource distribution) {
    return distribution.text("defaultCacheBehavior.viewerProtocolPolicy").equals("allow-all")
        ? "answers over plain HTTP; set viewerProtocolPolicy to redirect-to-https"
        : "";
  }

  private static String isOpen(PlannedResource distribution) {
    boolean bucket =
        origins(distribution).anyMatch(origin -> !origin.containsKey("customOriginConfig"));
    return bucket && signed(distribution).isEmpty()
        ? "shows what is in its bucket to everybody; set trustedKeyGroups"
        : "";
  }

  private static Right keep(String... actions) {
    return any -> Statement.allow("KeepKeysOfCdn").actions(actions).resources("*");
  }

  private static String distributions(Target target) {
    return target.global("cloudfront", "distribution/*");
  }

  private static String accesses(Target target) {
    return target.global("cloudfront", "origin-access-control/*");
  }
}
