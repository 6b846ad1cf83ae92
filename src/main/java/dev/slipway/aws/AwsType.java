package dev.slipway.aws;

import java.util.List;
import java.util.stream.Stream;

/**
 * What is known of a type of resource.
 *
 * @param token Pulumi's name for it: {@code aws:sns/topic:Topic}
 * @param deploy what a role needs to create, read, change and delete those of one stack
 * @param preview what a preview asks, of each stack
 * @param refresh what a refresh reads, of all stacks at once
 * @param refreshEach what a refresh reads that is more than setup, of each stack by its name
 * @param boundary the most that roles of a stack which has some can do with them
 */
public record AwsType(
    String token,
    List<Right> deploy,
    List<Right> preview,
    List<Right> refresh,
    List<Right> refreshEach,
    List<Right> boundary) {

  static AwsType of(String token) {
    return new AwsType(token, List.of(), List.of(), List.of(), List.of(), List.of());
  }

  AwsType toDeploy(Right... rights) {
    return new AwsType(token, and(deploy, rights), preview, refresh, refreshEach, boundary);
  }

  /** To deploy and to look alike, where one scope is good for both. */
  AwsType toRead(Right... rights) {
    return toDeploy(rights).toRefresh(rights);
  }

  AwsType toPreview(Right... rights) {
    return new AwsType(token, deploy, and(preview, rights), refresh, refreshEach, boundary);
  }

  AwsType toRefresh(Right... rights) {
    return new AwsType(token, deploy, preview, and(refresh, rights), refreshEach, boundary);
  }

  AwsType toRefreshEach(Right... rights) {
    return new AwsType(token, deploy, preview, refresh, and(refreshEach, rights), boundary);
  }

  AwsType within(Right... rights) {
    return new AwsType(token, deploy, preview, refresh, refreshEach, and(boundary, rights));
  }

  private static List<Right> and(List<Right> some, Right... more) {
    return Stream.concat(some.stream(), Stream.of(more)).toList();
  }
}
