package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FieldsTest {

  private static final Map<String, Object> PROPERTIES =
      Map.of("name", "erp", "description", "a role", "port", 80L, "groups", List.of("a", "b"));

  private static Fields table(String... rows) {
    return Fields.table("r-1", PROPERTIES, rows);
  }

  @Test
  void aRowSaysWhichPropertyAFieldIs() {
    assertThat(table("RoleName=name", "Description", "RoleId=#"))
        .containsExactly(
            Map.entry("RoleName", "erp"),
            Map.entry("Description", "a role"),
            Map.entry("RoleId", "r-1"));
  }

  @Test
  void aPropertyThatIsMissingIsLeftOutOrHasWhatTheRowSays() {
    assertThat(table("KmsKeyId", "Path=path:/", "Description:none", "Policy:"))
        .containsOnly(
            Map.entry("Path", "/"), Map.entry("Description", "a role"), Map.entry("Policy", ""));
  }

  @Test
  void numbersAreTextAndListsStayLists() {
    assertThat(table("Port", "Groups.member=groups"))
        .containsOnly(Map.entry("Port", "80"), Map.entry("Groups.member", List.of("a", "b")));
  }

  @Test
  void tagsAreNumbered() {
    assertThat(Fields.of("Name", "erp", "Nothing", null).tags("Tags.member", Map.of("Env", "qa")))
        .containsOnly(
            Map.entry("Name", "erp"),
            Map.entry("Tags.member.1.Key", "Env"),
            Map.entry("Tags.member.1.Value", "qa"));
  }
}
