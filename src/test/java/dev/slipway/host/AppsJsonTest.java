package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a build takes from the application's apps.json. */
class AppsJsonTest {
  @TempDir Path root;

  private BundleShell.Ended list(String repository, String apps) throws Exception {
    var shell =
        new BundleShell(
            root,
            "compose",
            """
{"stack": "staging", "system": "erpnext", "compose": {"image": {}},
 "application": {"repository": "%s"}}"""
                .formatted(repository));
    shell.data("list.json", apps);
    return shell.run(
        """
        git_is_public() { true; }
        image_own_app() { echo shop; }
        git() { [[ $3 == cat-file ]] || cat "$DATA/list.json"; }
        image_apps_json "$DATA/mirror" 0123abc | jq -c .
        """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://github.com/example/shop",
        "https://github.com/example/shop.git",
        "https://github.com/Example/Shop/",
        "https://github.com/example/shop.git/",
        "https://x-access-token@github.com/example/shop",
        "https://github.com:443/example/shop",
        "http://www.github.com/example/shop",
        "git@github.com:example/shop.git",
        "ssh://git@github.com/example/shop",
        "ssh://git@github.com:22/example/shop.git"
      })
  void theApplicationItselfIsTakenAtItsCommitHoweverItIsWritten(String url) throws Exception {
    var ended =
        list(
            "https://github.com/example/shop",
            "[{\"url\": \"https://github.com/frappe/erpnext\", \"branch\": \"version-16\"},"
                + " {\"url\": \"%s\", \"branch\": \"main\"}]".formatted(url));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output())
        .isEqualTo(
            "[{\"url\":\"https://github.com/frappe/erpnext\",\"branch\":\"version-16\"},{\"url\":\"git://127.0.0.1:9419/apps/application\",\"branch\":\"slipway-0123abc\"}]\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version-16", "feature/a+b", "fix#12", "v1.2=x", "a@b"})
  void branchesThatGitTakesAreTaken(String branch) throws Exception {
    var ended =
        list(
            "https://github.com/example/shop",
            "[{\"url\": \"https://github.com/frappe/hrms\", \"branch\": \"%s\"}]"
                .formatted(branch));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("\"branch\":\"" + branch + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://github.com/frappe/frappe | is Frappe itself",
        "git@github.com:Frappe/Frappe.git | is Frappe itself",
        "https://github.com/fork/frappe | is Frappe itself",
        "https://github.com/frappe/ERPNext.git | github.com/frappe/erpnext is there twice",
        "git@github.com:frappe/erpnext/ | is there twice",
        "https://gitlab.com/other/erpnext | are both called erpnext",
        "https://github.com/other/shop | is called shop as the application itself is",
        "erpnext | is not the URL of a git repository",
        "frappe/hrms | is not the URL of a git repository",
        "--upload-pack=x | is not the URL of a git repository",
        "https://github.com/a b | is not the URL of a git repository",
        "'' | is not the URL of a git repository",
      })
  void whatABuildCannotTakeIsRefused(String url, String why) throws Exception {
    var ended =
        list(
            "https://github.com/example/shop",
            "[{\"url\": \"https://github.com/frappe/erpnext\"}, {\"url\": \"%s\"}]".formatted(url));

    assertThat(ended.exit()).as(ended.output()).isEqualTo(11);
    assertThat(ended.output()).contains("apps.json in https://github.com/example/shop", why);
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() throws Exception {
    var ended =
        list(
            "https://github.com/example/shop",
            "[{\"url\": \"erpnext\"}, {\"url\": \"https://github.com/frappe/frappe\"},"
                + " {\"url\": \"https://github.com/a/b\", \"branch\": \"--x\"}]");

    assertThat(ended.output())
        .contains("\"erpnext\" is not", "is Frappe itself", "\"--x\" is not a branch");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[1]",
        "[{\"url\": 1}]",
        "[{\"url\": \"https://a.b/c\", \"branch\": 16}]",
        "nothing"
      })
  void whatIsNoListOfAppsIsRefused(String apps) throws Exception {
    var ended = list("https://github.com/example/shop", apps);

    assertThat(ended.exit()).as(ended.output()).isEqualTo(11);
    assertThat(ended.output()).contains("is not a list of");
  }
}
