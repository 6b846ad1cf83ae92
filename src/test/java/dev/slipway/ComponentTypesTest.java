package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.slipway.core.Component;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Resource;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every component says its type itself, and no other component has the same. */
class ComponentTypesTest {

  private static List<JavaClass> components() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.slipway")
            .stream()
            .filter(type -> type.isAssignableTo(Component.class))
            .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
            .toList();
  }

  /** A component may be registered as another type too, which is in URNs of stacks. */
  private static Stream<String> types(JavaClass component) {
    return Arrays.stream(component.reflect().getDeclaredFields())
        .filter(field -> field.getName().equals("TYPE") || field.getName().endsWith("_TYPE"))
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .map(ComponentTypesTest::value);
  }

  private static String value(Field field) {
    try {
      field.setAccessible(true);
      return (String) field.get(null);
    } catch (IllegalAccessException failure) {
      throw new AssertionError(failure);
    }
  }

  private static String type(JavaClass component) {
    try {
      var field = component.reflect().getDeclaredField("TYPE");
      field.setAccessible(true);
      return (String) field.get(null);
    } catch (ReflectiveOperationException missing) {
      throw new AssertionError(component.getName() + " has no constant TYPE", missing);
    }
  }

  @Test
  void sayRoomAndName() {
    assertThat(components())
        .isNotEmpty()
        .allSatisfy(
            component -> assertThat(type(component)).matches("slipway:[a-z]+:[A-Z][A-Za-z0-9]+"));
  }

  @Test
  void areUnique() {
    assertThat(components())
        .flatExtracting(component -> types(component).toList())
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("dev.slipway.MainTest#stacks")
  void areWhatComponentsRegisterAs(String stack) {
    var types =
        components().stream().flatMap(ComponentTypesTest::types).collect(Collectors.toSet());

    assertThat(Plan.of(Path.of(""), stack, Main::stack).graph().resources())
        .filteredOn(Predicate.not(Resource::custom))
        .extracting(Resource::type)
        .filteredOn(type -> !type.equals("pulumi:pulumi:Stack"))
        .isNotEmpty()
        .isSubsetOf(types);
  }
}
