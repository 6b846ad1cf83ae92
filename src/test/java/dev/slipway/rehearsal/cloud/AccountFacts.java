package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/** What the emulated account knows of its keys and machines. */
final class AccountFacts implements Facts {
  private final AwsClient aws;
  private final Machines machines;

  AccountFacts(AwsClient aws, Machines machines) {
    this.aws = aws;
    this.machines = machines;
  }

  private List<Map<String, Object>> aliases() {
    return Values.maps(aws.json("kms", "TrentService.ListAliases", Map.of()).get("Aliases"));
  }

  @Override
  public String key(String named) {
    String name = named.replaceFirst("^arn:aws:kms:[^:]*:[^:]*:(key/)?", "");
    return aliases().stream()
        .filter(alias -> name.equals(alias.get("AliasName")) && alias.get("TargetKeyId") != null)
        .map(alias -> String.valueOf(alias.get("TargetKeyId")))
        .findFirst()
        .orElse(name);
  }

  @Override
  public List<String> aliases(String keyId) {
    return aliases().stream()
        .filter(alias -> keyId.equals(alias.get("TargetKeyId")))
        .map(alias -> String.valueOf(alias.get("AliasName")))
        .toList();
  }

  @Override
  public Map<String, String> instanceTags(String id) {
    return machines.all().stream()
        .filter(machine -> machine.id().equals(id))
        .findFirst()
        .map(Machine::tags)
        .orElse(Map.of());
  }
}
