package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ssh.sh}, with AWS and ssh faked; the key is a real one. */
class SshTest {
  private static final String HOST = "i-0aaaaaaaaaaaaaaaa";
  private static final String OTHER = "i-0bbbbbbbbbbbbbbbb";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    Files.createDirectories(root.resolve("tmp"));
    place =
        new Workplace(root)
            .with("TMPDIR", root.resolve("tmp").toString())
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws sts", "echo arn")
            .fake("aws ssm start-session", "exit 3")
            .fake("session-manager-plugin", ":")
            .fake("aws ec2 describe-instances", "printf '198.51.100.7\\t10.0.0.4\\tus-east-1b\\n'")
            .fake(
                "aws ec2 get-console-output",
                """
printf '%s\\r\\n' 'cloud-init: -----BEGIN SSH HOST KEY KEYS-----' \\
  'ssh-ed25519 AAAAC3Nza+host/key= root@ip-10-0-0-4' '-----END SSH HOST KEY KEYS-----' \\
  'ssh-ed25519 AAAAsomebodyelse= nobody'""")
            .fake(
                "aws ec2-instance-connect send-ssh-public-key",
                """
                words=" $* " key=${words#*file://} key=${key%% *}
                cp "$key" "$FAKES/sent"
                echo True""")
            // What it is given, while it is there.
            .fake(
                "ssh",
                """
                while (($# > 1)); do
                  case $1 in
                    -i) ssh-keygen -y -f "$2" >"$FAKES/key"; stat -c %a "$2" >"$FAKES/mode" ;;
                    UserKnownHostsFile=*) eval "cp ${1#*=} $FAKES/known" ;;
                  esac
                  shift
                done
                exit 5""")
            .fakeScript("ssm-run.sh", "cat \"$FAKES/hosts\"");
    place.file("hosts", HOST + "\n");
    stackFile("");
  }

  private void stackFile(String more) {
    place.file("Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n" + more);
  }

  private void opened() {
    stackFile("  slipway:host:\n    sshFrom: [192.0.2.0/24, 203.0.113.9/32]\n");
  }

  @Test
  void theShellIsASessionByDefault() {
    var ended = place.run("ssh.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(3);
    assertThat(place.calls("aws ssm start-session"))
        .containsExactly("aws ssm start-session --region us-east-1 --target " + HOST);
    assertThat(place.calls("ssh")).isEmpty();
  }

  @Test
  void whereThePortIsOpenAKeyOfThisLoginIsUsedAndGoes() throws IOException {
    opened();

    var ended = place.run("ssh.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(5);
    assertThat(ended.errors())
        .contains("ubuntu@198.51.100.7 (" + HOST + "); port 22 is open to 192.0.2.0/24, 203.0.113");
    assertThat(place.calls("aws ec2-instance-connect"))
        .singleElement()
        .asString()
        .contains("--instance-id " + HOST, "--availability-zone us-east-1b")
        .contains("--instance-os-user ubuntu");
    assertThat(keyIn("sent")).startsWith("ssh-ed25519 ").isEqualTo(keyIn("key"));
    assertThat(Files.readString(place.path("mode"))).isEqualTo("600\n");
    assertThat(place.calls("ssh "))
        .singleElement()
        .asString()
        .contains("StrictHostKeyChecking=yes", "HostKeyAlias=" + HOST, "ubuntu@198.51.100.7");
    assertThat(Files.readString(place.path("known")))
        .isEqualTo(HOST + " ssh-ed25519 AAAAC3Nza+host/key=\n");
    assertThat(root.resolve("tmp")).isEmptyDirectory();
    assertThat(place.calls("aws ssm start-session")).isEmpty();
  }

  private String keyIn(String file) throws IOException {
    var words = Files.readString(place.path(file)).split("\\s+");
    return words[0] + " " + words[1];
  }

  @Test
  void aHostWhoseKeysAreNotOnTheConsoleIsSaidToBeUnknown() {
    opened();
    place.fake("aws ec2 get-console-output", "echo None");

    var ended = place.run("ssh.sh", "prod");

    assertThat(ended.exit()).isEqualTo(5);
    assertThat(ended.errors()).contains("whether it is 198.51.100.7 that answers can't be made");
    assertThat(place.calls("ssh ").get(0)).contains("StrictHostKeyChecking=accept-new");
  }

  @Test
  void aConsoleThatCannotBeReadIsNotSaidToShowNoKeys() {
    opened();
    place.fake(
        "aws ec2 get-console-output", "echo 'UnauthorizedOperation: not yours' >&2; exit 254");

    var ended = place.run("ssh.sh", "prod");

    assertThat(ended.exit()).isEqualTo(5);
    assertThat(ended.errors())
        .contains("can't be read (UnauthorizedOperation: not yours")
        .contains("whether it is 198.51.100.7 that answers can't be made")
        .doesNotContain("shows its keys no more");
  }

  @Test
  void aHostWithoutAPublicAddressIsReachedByItsOwn() {
    opened();
    place.fake("aws ec2 describe-instances", "printf 'None\\t10.0.0.4\\tus-east-1b\\n'");

    place.run("ssh.sh", "prod");

    assertThat(place.calls("ssh ").get(0)).endsWith(" ubuntu@10.0.0.4");
  }

  @Test
  void aSessionCanBeAskedForAllTheSame() {
    opened();

    assertThat(place.run("ssh.sh", "prod", "--session").exit()).isEqualTo(3);
    assertThat(place.calls("ssh")).isEmpty();
    assertThat(place.calls("aws ec2-instance-connect")).isEmpty();
  }

  @Test
  void aKeyThatIsNotTakenIsToldAndNothingIsLeft() {
    opened();
    place.fake(
        "aws ec2-instance-connect send-ssh-public-key",
        "echo 'An error occurred (AccessDeniedException) when calling the SendSSHPublicKey"
            + " operation: no' >&2; exit 254");

    var ended = place.run("ssh.sh", "prod");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("EC2 Instance Connect doesn't take the key to " + HOST);
    assertThat(place.calls("ssh ")).isEmpty();
    assertThat(root.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void ofSeveralHostsOneHasToBeNamed() {
    place.file("hosts", HOST + "\n" + OTHER + "\n");

    var ended = place.run("ssh.sh", "prod");
    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("prod has several hosts: give --instance with one of " + HOST + " " + OTHER);

    place.run("ssh.sh", "prod", "--instance", OTHER);
    assertThat(place.calls("aws ssm start-session").get(0)).endsWith("--target " + OTHER);

    var strange = place.run("ssh.sh", "prod", "--instance", "i-0cccccccccccccccc");
    assertThat(strange.errors()).contains("i-0cccccccccccccccc is no instance of prod");
  }
}
