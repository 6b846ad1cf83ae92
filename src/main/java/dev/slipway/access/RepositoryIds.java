package dev.slipway.access;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;

/** The numbers by which GitHub knows a repository whatever it is called. */
public record RepositoryIds(
    @Setting(value = "The owner's: gh api repos/OWNER/REPO --jq .owner.id", example = "1234567")
        String owner,
    @Setting(value = "The repository's: gh api repos/OWNER/REPO --jq .id", example = "7654321")
        String repository) {

  public RepositoryIds {
    var check = new Check();
    Names.number(check, "owner", owner);
    Names.number(check, "repository", repository);
    check.orThrow();
  }
}
