package dev.slipway.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the script that looks for public buckets against an account of five, which a stub stands in
 * for.
 */
class PublicBucketsTest {
  private static final String AWS =
      """
      #!/bin/bash
      # The calls that the script makes, as the AWS CLI answers them with --output text.
      case "$*" in
        --version*) echo aws-cli/1 ;;
        *list-buckets*) printf 'closed\\tsite\\tshared\\tprivate\\tboth\\n' ;;
        *get-public-access-block*closed*) printf 'True\\tTrue\\tTrue\\tTrue\\n' ;;
        *get-public-access-block*shared*) printf 'True\\tFalse\\tTrue\\tTrue\\n' ;;
        *get-public-access-block*)
          echo 'An error occurred (NoSuchPublicAccessBlockConfiguration) when calling it: none' >&2
          exit 254
          ;;
        *get-bucket-policy-status*site* | *get-bucket-policy-status*both*) echo True ;;
        *get-bucket-policy-status*private*)
          if [ -n "$DENIED" ]; then
            echo 'An error occurred (AccessDenied) when calling the GetBucketPolicyStatus operation: no' >&2
            exit 254
          fi
          echo 'An error occurred (NoSuchBucketPolicy) when calling it: none' >&2
          exit 254
          ;;
        *get-bucket-policy-status*) echo False ;;
        *get-bucket-acl*shared* | *get-bucket-acl*both*)
          printf 'None\\thttp://acs.amazonaws.com/groups/global/AllUsers\\n'
          ;;
        *get-bucket-acl*) echo None ;;
        *) exit 2 ;;
      esac
      """;

  @TempDir Path bin;

  private record Result(int status, String printed) {}

  @BeforeEach
  void stub() throws IOException {
    var file = bin.resolve("aws");
    Files.writeString(file, AWS);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Result run(boolean denied, String... words) throws Exception {
    var command = new ArrayList<>(List.of("./scripts/public-buckets.sh"));
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    builder.environment().put("DENIED", denied ? "yes" : "");
    var process = builder.start();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), printed);
  }

  @Test
  void listsWhatIsOpenAndHow() throws Exception {
    assertThat(run(false))
        .isEqualTo(
            new Result(
                0, "site\tby its policy\nshared\tby its ACL\nboth\tby its policy, by its ACL\n"));
  }

  @Test
  void refusesWhatIsNotNamed() throws Exception {
    var result = run(false, "--region", "us-east-1", "--check", "site");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.printed()).contains("blockPublicBuckets: {closes: [shared, both]}");
  }

  @Test
  void isContentWhenAllAreNamed() throws Exception {
    assertThat(run(false, "--check", "site", "shared", "both").status()).isZero();
  }

  @Test
  void takesNoRefusalForAnAnswer() throws Exception {
    var result = run(true, "--check", "site", "shared", "both");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.printed()).contains("AccessDenied");
  }
}
