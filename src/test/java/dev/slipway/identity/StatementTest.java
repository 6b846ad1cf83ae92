package dev.slipway.identity;

import static org.assertj.core.api.Assertions.assertThat;

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
}
