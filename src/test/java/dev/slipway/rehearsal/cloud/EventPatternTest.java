package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventPatternTest {

  private static boolean takes(String pattern, Map<String, Object> event) {
    return EventPattern.parse(pattern).matches(event);
  }

  private static Map<String, Object> created(String bucket, String key, long size) {
    return Map.of(
        "source", "aws.s3",
        "detail-type", "Object Created",
        "detail",
            Map.of("bucket", Map.of("name", bucket), "object", Map.of("key", key, "size", size)));
  }

  private static final String DUMPS =
      """
      {"source": ["aws.s3"], "detail-type": ["Object Created"],
       "detail": {"bucket": {"name": ["dumps"]}, "object": {"key": [{"prefix": "db-dumps/"}]}}}
      """;

  @Test
  void keyBelowThePrefixInThatBucketIsTaken() {
    assertThat(takes(DUMPS, created("dumps", "db-dumps/a.dump", 5))).isTrue();
    assertThat(takes(DUMPS, created("dumps", "manifests/a.json", 5))).isFalse();
    assertThat(takes(DUMPS, created("other", "db-dumps/a.dump", 5))).isFalse();
  }

  private static boolean key(String operator, String key) {
    return takes("{\"detail\": {\"object\": {\"key\": [" + operator + "]}}}", created("b", key, 5));
  }

  @Test
  void operatorsAreThoseOfEventBridge() {
    assertThat(key("{\"suffix\": \".dump\"}", "a.dump")).isTrue();
    assertThat(key("{\"suffix\": \".dump\"}", "a.sql")).isFalse();
    assertThat(key("{\"wildcard\": \"db/*.sql*\"}", "db/a.sql.gz")).isTrue();
    assertThat(key("{\"wildcard\": \"db/*.sql\"}", "db/a.sql.gz")).isFalse();
    assertThat(key("{\"anything-but\": {\"prefix\": \"made/\"}}", "made/a")).isFalse();
    assertThat(key("{\"anything-but\": [\"a\", \"b\"]}", "c")).isTrue();
    assertThat(key("{\"equals-ignore-case\": \"A\"}", "a")).isTrue();
    assertThat(key("\"x\", {\"prefix\": \"a\"}", "ab")).as("one of them is enough").isTrue();
  }

  @Test
  void fieldsThatAreThereOrNotCanBeAskedFor() {
    String there = "{\"detail\": {\"object\": {\"version-id\": [{\"exists\": true}]}}}";
    assertThat(takes(there, created("b", "k", 5))).isFalse();
    assertThat(takes(there.replace("true", "false"), created("b", "k", 5))).isTrue();
    String big = "{\"detail\": {\"object\": {\"size\": [{\"numeric\": [\">\", 0, \"<=\", 9]}]}}}";
    assertThat(takes(big, created("b", "k", 9))).isTrue();
    assertThat(takes(big, created("b", "k", 10))).isFalse();
  }

  @Test
  void eitherOfSeveralFieldsIsAskedForByOr() {
    String either =
        "{\"$or\": [{\"source\": [\"aws.ec2\"]}, {\"detail-type\": [\"Object Created\"]}]}";
    assertThat(takes(either, created("b", "k", 1))).isTrue();
    assertThat(takes(either, Map.of("source", "aws.rds", "detail-type", "Other"))).isFalse();
  }

  @Test
  void whatIsNoPatternIsRefusedBeforeThereIsAnEvent() {
    for (String wrong :
        List.of(
            "[]",
            "{}",
            "{\"source\": \"aws.s3\"}",
            "{\"source\": []}",
            "{\"source\": [{\"like\": \"a\"}]}",
            "{\"source\": [{\"prefix\": \"a\", \"suffix\": \"b\"}]}")) {
      assertThatThrownBy(() -> EventPattern.parse(wrong))
          .as(wrong)
          .isInstanceOf(AwsError.class)
          .hasMessageContaining("Event pattern is not valid");
    }
  }
}
