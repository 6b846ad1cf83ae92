package dev.slipway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatementTest {
  @Test
  void readsAsThePolicyThatItIs() {
    assertThat(
            Policy.of(
                Statement.allow("Read")
                    .actions("s3:GetObject")
                    .resources("arn:aws:s3:::b/*")
                    .when("StringEquals", "aws:SourceAccount", "1", "2")))
        .isEqualTo(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Read\",\"Effect\":\"Allow\","
                + "\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::b/*\"],"
                + "\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":[\"1\",\"2\"]}}}]}");
  }

  @Test
  void namesWhoAndWhatElse() {
    assertThat(
            Policy.of(
                Statement.deny("Others")
                    .everybody()
                    .actions("ssm:*")
                    .resourcesOtherThan("arn:aws:ssm:::x")))
        .contains("\"Effect\":\"Deny\",\"Principal\":\"*\"")
        .contains("\"NotResource\":[\"arn:aws:ssm:::x\"]");
    assertThat(
            Policy.of(
                Statement.allow("Trust")
                    .principal("Service", "ec2.amazonaws.com")
                    .actions("sts:AssumeRole")))
        .contains("\"Principal\":{\"Service\":[\"ec2.amazonaws.com\"]}")
        .doesNotContain("Resource");
  }

  @Test
  void twoOfOneSidBecomeOneWithWhatEitherSays() {
    var one = Statement.allow("Read").actions("s3:GetObject").resources("b").when("Bool", "k", "x");
    var other = Statement.allow("Read").actions("a", "s3:GetObject").resources("a");

    var both = one.joined(other.when("Bool", "k", "y", "x"));

    assertThat(Policy.of(both))
        .contains("\"Action\":[\"a\",\"s3:GetObject\"]")
        .contains("\"Resource\":[\"a\",\"b\"]")
        .contains("{\"Bool\":{\"k\":[\"x\",\"y\"]}}");
    assertThat(both.sid()).isEqualTo("Read");
    assertThat(both.allows()).isTrue();
  }

  /** A deny that lost what it is about would deny nothing. */
  @Test
  void twoOfOneSidKeepWhoTheyAreForAndWhatTheyLeaveOut() {
    var one = Statement.deny("Others").everybody().actions("a").resourcesOtherThan("own");
    var other = Statement.deny("Others").everybody().actions("b").resourcesOtherThan("own");

    var both = one.joined(other);

    assertThat(both.isIdle()).isFalse();
    assertThat(both.allows()).isFalse();
    assertThat(Policy.of(both))
        .contains("\"Principal\":\"*\"")
        .contains("\"Action\":[\"a\",\"b\"]")
        .contains("\"NotResource\":[\"own\"]");
  }

  @Test
  void whatDiffersInMoreThanValuesIsNotMadeOne() {
    var one = Statement.allow("Read").actions("a").resources("b");

    for (var other :
        List.of(
            Statement.deny("Read").actions("a").resources("b"),
            Statement.allow("Else").actions("a").resources("b"),
            Statement.allow("Read").actions("a").resources("b").when("Bool", "k", "x"),
            Statement.allow("Read").actions("a").resourcesOtherThan("b"),
            Statement.allow("Read").actions("a").resources("b").everybody())) {
      assertThatThrownBy(() -> one.joined(other))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("differ in more than values");
    }
  }

  @Test
  void withoutActionsOrResourcesItSaysNothing() {
    assertThat(Statement.allow("None").resources("a").isIdle()).isTrue();
    assertThat(Statement.allow("None").actions("a").isIdle()).isTrue();
    assertThat(Statement.allow("Some").actions("a").resources("a").isIdle()).isFalse();
    assertThat(Statement.allow("Some").actions("a").resourcesOtherThan("a").isIdle()).isFalse();
  }
}
