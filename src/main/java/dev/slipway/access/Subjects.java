package dev.slipway.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who a job is, as GitHub signs it.
 *
 * <p>Repositories that were created, renamed or transferred after 2026-07-15 put their numbers
 * beside the names; older ones don't. See <a
 * href="https://docs.github.com/en/actions/concepts/security/openid-connect">GitHub's
 * documentation</a>.
 */
final class Subjects {
  private Subjects() {}

  /** Every form of the subject of a job that runs in an environment. */
  static List<String> of(String repository, Optional<RepositoryIds> ids, String environment) {
    var forms = new ArrayList<String>();
    forms.add("repo:" + repository + ":environment:" + environment);
    ids.ifPresent(
        known -> {
          var names = repository.split("/");
          forms.add(
              "repo:%s@%s/%s@%s:environment:%s"
                  .formatted(names[0], known.owner(), names[1], known.repository(), environment));
        });
    return List.copyOf(forms);
  }
}
