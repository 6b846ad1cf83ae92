package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host keeps of the release that the stack desires, and reads of it. */
class DesiredReleaseTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);

  /**
   * Parameter Store: a file for each version of each parameter. What fails has a file of its name.
   */
  private static final String STORE =
      """
      aws() {
        local name file version each found='[]' missing='[]'
        printf '%s\\n' "$*" >>"$DATA/calls"
        case "$2" in
          get-parameter)
            [[ ! -e $DATA/no-reading ]] || { echo 'An error occurred (AccessDenied)'; return 1; }
            file="$DATA/store/$(tr / _ <<<"$4")"
            [[ -s $file ]] || { echo 'An error occurred (ParameterNotFound)'; return 1; }
            cat "$file" ;;
          get-parameters)
            shift 3
            for name in "$@"; do
              [[ $name != --output ]] || break
              file="$DATA/store/$(tr / _ <<<"$name")"
              if [[ -s $file ]]; then
                found="$(jq --arg name "${name%:*}" --argjson version "${name##*:}" --rawfile value "$file" '. + [{Name: $name, Value: $value, Version: $version}]' <<<"$found")"
              else
                missing="$(jq --arg name "$name" '. + [$name]' <<<"$missing")"
              fi
            done
            jq -n --argjson found "$found" --argjson missing "$missing" '{Parameters: $found, InvalidParameters: $missing}' ;;
          put-parameter)
            each="${4#file://}"
            name="$(jq -r .Name "$each")"
            [[ ! -e $DATA/no-writing-of-${name##*/} ]] || { echo 'An error occurred (AccessDenied)' >&2; return 254; }
            file="$DATA/store/$(tr / _ <<<"$name")"
            version=$(($(cat "$file.version" 2>/dev/null || echo 0) + 1))
            jq -j .Value "$each" >"$file"
            cp "$file" "$file:$version"
            echo "$version" >"$file.version"
            echo "$version" ;;
        esac
      }
      """;

  @TempDir Path root;
  private BundleShell shell;

  @BeforeEach
  void aHost() throws IOException {
    shell =
        new BundleShell(
            root,
            "apps",
            "{\"stack\": \"qa\", \"apps\": {}, \"parameters\": {\"desired\": \"/d\"}}");
    Files.createDirectories(root.resolve("data/store"));
  }

  private Ended run(String lines) throws Exception {
    return shell.run(STORE + lines);
  }

  private void recorded(String id, String ref) throws IOException {
    shell.data("releases/" + id + ".json", "{\"id\": \"" + id + "\", \"ref\": \"" + ref + "\"}");
  }

  private JsonObject desired() throws Exception {
    var got = run("desired_get");
    assertThat(got.exit()).as(got.output()).isZero();
    return JsonParser.parseString(got.output()).getAsJsonObject();
  }

  private JsonObject header() throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve("data/store/_d")))
        .getAsJsonObject();
  }

  private List<String> calls(String what) throws IOException {
    return Files.readAllLines(root.resolve("data/calls")).stream()
        .filter(call -> call.startsWith("ssm " + what + " "))
        .toList();
  }

  @Test
  void aReleaseOfOneThingIsOneParameter() throws Exception {
    recorded("r1", "v16");
    assertThat(run("desired_set r1").exit()).isZero();

    assertThat(header().get("ref").getAsString()).isEqualTo("v16");
    assertThat(desired().get("ref").getAsString()).isEqualTo("v16");
    assertThat(calls("get-parameters")).isEmpty();
  }

  @Test
  void ofSeveralAppsEachIsAParameterAndIsReadAsItWasWritten() throws Exception {
    var ref = "api@sha256:" + A + ",web@sha256:" + B;
    recorded("r1", ref);
    assertThat(run("desired_set r1").exit()).isZero();

    assertThat(root.resolve("data/store/_d_api")).hasContent("api@sha256:" + A);
    assertThat(header().has("ref")).isFalse();
    assertThat(header().getAsJsonObject("parts")).hasToString("{\"api\":1,\"web\":1}");
    assertThat(desired().get("ref").getAsString()).isEqualTo(ref);
    assertThat(desired().get("id").getAsString()).isEqualTo("r1");
  }

  @Test
  void onlyWhatIsAnotherIsWritten() throws Exception {
    recorded("r1", "api@sha256:" + A + ",web@sha256:" + B);
    recorded("r2", "api@sha256:" + B + ",web@sha256:" + B);
    run("desired_set r1; desired_set r2");

    assertThat(header().getAsJsonObject("parts")).hasToString("{\"api\":2,\"web\":1}");
    assertThat(calls("put-parameter"))
        .as("two parts, one part, and twice the one that moves")
        .hasSize(5);
  }

  /** A version before kept all of it in one parameter. */
  @Test
  void theFormerOneIsReadUntilTheNextReleaseTakesItsPlace() throws Exception {
    var ref = "api@sha256:" + A + ",web@sha256:" + B;
    Files.writeString(
        root.resolve("data/store/_d"), "{\"ref\":\"" + ref + "\",\"id\":\"r0\",\"image\":null}");

    assertThat(desired().get("ref").getAsString()).isEqualTo(ref);

    recorded("r1", ref);
    assertThat(run("desired_set r1").exit()).isZero();

    assertThat(header().has("ref")).isFalse();
    assertThat(desired().get("ref").getAsString()).isEqualTo(ref);
  }

  @Test
  void nobodyReadsHalfOfARelease() throws Exception {
    var before = "api@sha256:" + A + ",web@sha256:" + A;
    recorded("r1", before);
    recorded("r2", "api@sha256:" + B + ",web@sha256:" + B);
    run("desired_set r1");
    Files.createFile(root.resolve("data/no-writing-of-web"));

    Ended ended = run("desired_set r2");

    assertThat(ended.exit()).isNotZero();
    assertThat(root.resolve("data/store/_d_api")).hasContent("api@sha256:" + B);
    assertThat(desired().get("ref").getAsString()).isEqualTo(before);
    Files.delete(root.resolve("data/no-writing-of-web"));
    assertThat(run("desired_set r2").exit()).isZero();
    assertThat(desired().get("id").getAsString()).isEqualTo("r2");
  }

  @Test
  void whatCannotBeReadIsNotNone() throws Exception {
    recorded("r1", "api@sha256:" + A);
    run("desired_set r1");
    Files.delete(root.resolve("data/store/_d_api:1"));

    assertThat(run("desired_get || exit $?").exit()).as("a part is gone").isEqualTo(2);
    assertThat(run("desired_set r1").exit()).as("it is written anew").isZero();
    assertThat(desired().get("ref").getAsString()).isEqualTo("api@sha256:" + A);

    Files.createFile(root.resolve("data/no-reading"));
    assertThat(run("desired_get || exit $?").exit()).isEqualTo(2);
    assertThat(run("desired_set r1").exit()).isNotZero();
  }

  @Test
  void fiftyAppsFitIntoParametersOfFourKilobytes() throws Exception {
    var ref =
        IntStream.range(0, 50)
            .mapToObj(i -> "application-called-%02d@sha256:%s".formatted(i, A))
            .collect(Collectors.joining(","));
    recorded("r1", ref);
    Ended ended = run("desired_set r1");
    assertThat(ended.exit()).as(ended.output()).isZero();

    assertThat(desired().get("ref").getAsString()).isEqualTo(ref);
    assertThat(calls("get-parameters")).as("ten at a time").hasSize(5);
    assertThat(Files.size(root.resolve("data/store/_d"))).isLessThan(4096 / 2);
  }
}
