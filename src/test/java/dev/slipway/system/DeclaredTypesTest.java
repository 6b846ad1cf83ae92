package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.core.annotations.ResourceType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Resource;
import dev.slipway.testing.EveryOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code types.txt} of a system says is what its plans have, with every setting there is. */
class DeclaredTypesTest {
  private static final String RENEW = "slipway.renew-types";

  static List<SystemDescriptor> systems() {
    return Systems.ALL;
  }

  private static TreeSet<String> typesOf(String system) {
    var types = new TreeSet<String>();
    EveryOption.stacks()
        .forEach(
            (stack, config) -> {
              if (config.values().get("slipway:system").equals(system)) {
                var plan = Plan.of("slipway", stack, config.values(), Main::stack);
                assertThat(plan.problems()).as(stack).isEmpty();
                plan.graph().resources().stream()
                    .map(Resource::type)
                    .filter(type -> type.startsWith("aws:"))
                    .forEach(types::add);
              }
            });
    return types;
  }

  @ParameterizedTest
  @MethodSource("systems")
  void areThoseOfThePlans(SystemDescriptor system) throws IOException {
    var file = Path.of("src/main/resources/dev/slipway/system", system.name(), "types.txt");
    var types = typesOf(system.name());
    if (Boolean.getBoolean(RENEW)) {
      Files.write(file, types);
    }

    assertThat(Files.readAllLines(file))
        .as("renew it with mvn test -Dtest=DeclaredTypesTest -D%s=true", RENEW)
        .containsExactlyElementsOf(types);
  }

  /** A part that no plan here turns on would be one that no deploy role may make. */
  @Test
  void areAllThatTheProgramMakes() {
    var made = new TreeSet<String>();
    new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("dev.slipway")
        .forEach(
            type ->
                type.getConstructorCallsFromSelf().stream()
                    .map(call -> call.getTargetOwner())
                    .filter(owner -> owner.getName().startsWith("com.pulumi.aws."))
                    .map(owner -> token(owner.getName()))
                    .filter(token -> token.startsWith("aws:"))
                    .forEach(made::add));
    var declared = new TreeSet<String>();
    Systems.ALL.forEach(system -> declared.addAll(system.types()));

    assertThat(declared).isEqualTo(made);
  }

  /** Of a resource's class; nothing of another's. */
  private static String token(String name) {
    try {
      var type = Class.forName(name, false, DeclaredTypesTest.class.getClassLoader());
      var annotation = type.getAnnotation(ResourceType.class);
      return annotation == null ? "" : annotation.type();
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
