package dev.slipway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.slipway.core.Component;
import dev.slipway.system.SystemSettings;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * No package uses one above it, and pure logic knows nothing of Pulumi. What breaks a rule moves to
 * where it belongs.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.slipway");

  /** A package right below dev.slipway is one of components, unless it is named here. */
  private static final DescribedPredicate<JavaClass> COMPONENTS =
      resideInAPackage("dev.slipway.*")
          .and(
              DescribedPredicate.not(
                  resideInAnyPackage(
                      "dev.slipway.core",
                      "dev.slipway.stackfile",
                      "dev.slipway.identity",
                      "dev.slipway.aws",
                      "dev.slipway.system",
                      "dev.slipway.plan")))
          .as("components");

  private static final DescribedPredicate<JavaClass> PLAN =
      resideInAPackage("dev.slipway.plan..")
          .and(DescribedPredicate.not(resideInAPackage("dev.slipway.plan.cli")))
          .as("plan");

  /** Enumerations of the SDK are lists of what AWS has. */
  private static final DescribedPredicate<JavaClass> PULUMI =
      resideInAPackage("com.pulumi..")
          .and(DescribedPredicate.not(resideInAPackage("com.pulumi.aws.*.enums")))
          .as("are Pulumi's");

  /** What uses Pulumi beside components and the systems that build them. */
  private static final Set<String> WITH_PULUMI =
      Set.of(
          "Main",
          // The account is an Output; problems end a run by an exception of Pulumi's.
          "core.Link",
          "core.Linkable",
          "core.StackContext",
          "core.Problems",
          // What components are made of.
          "host.FirstRelease",
          "host.Hosts",
          "host.Pointer",
          "host.VerifiedImage",
          "monitoring.Alarm",
          "registry.ImagePull",
          // The plan runs a program of Pulumi's, and reads what it registers.
          "plan.Plan",
          "plan.cli.Training",
          "plan.engine.OfflineEngine",
          "plan.engine.ResourceTypes",
          "plan.engine.TypeSchema",
          "plan.graph.PropertyValues");

  private static final DescribedPredicate<JavaClass> PURE_LOGIC =
      DescribedPredicate.describe(
          "are pure logic",
          type ->
              !outermost(type).isAssignableTo(Component.class)
                  && !outermost(type).isAssignableTo(SystemSettings.class)
                  && !WITH_PULUMI.contains(name(type)));

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }

  private static String name(JavaClass type) {
    return outermost(type).getName().substring("dev.slipway.".length());
  }

  @Test
  void noPackageUsesOneAboveIt() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.slipway..")
        .ensureAllClassesAreContainedInArchitecture()
        .layer("core")
        .definedBy("dev.slipway.core")
        .layer("stack files")
        .definedBy("dev.slipway.stackfile")
        // Roles, and the statements of which policies are made.
        .layer("identity")
        .definedBy("dev.slipway.identity")
        .layer("catalog")
        .definedBy("dev.slipway.aws")
        .layer("components")
        .definedBy(COMPONENTS)
        .layer("systems")
        .definedBy("dev.slipway.system..")
        .layer("plan")
        .definedBy(PLAN)
        .layer("program")
        .definedBy("dev.slipway")
        .layer("commands")
        .definedBy("dev.slipway.plan.cli")
        .whereLayer("core")
        .mayNotAccessAnyLayer()
        .whereLayer("stack files")
        .mayOnlyAccessLayers("core")
        .whereLayer("identity")
        .mayOnlyAccessLayers("core")
        .whereLayer("catalog")
        .mayOnlyAccessLayers("core", "identity")
        .whereLayer("components")
        .mayOnlyAccessLayers("core", "identity", "catalog")
        .whereLayer("systems")
        .mayOnlyAccessLayers("core", "identity", "catalog", "components")
        .whereLayer("plan")
        .mayOnlyAccessLayers("core", "stack files", "catalog")
        .whereLayer("program")
        .mayOnlyAccessLayers("core", "systems", "plan")
        .whereLayer("commands")
        .mayOnlyAccessLayers("core", "stack files", "plan", "program")
        .check(CLASSES);
  }

  @Test
  void noPackagesGoInCircles() {
    slices().matching("dev.slipway.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** What is watched names its own alarms. */
  @Test
  void monitoringKnowsNothingOfWhatItWatches() {
    noClasses()
        .that()
        .resideInAPackage("dev.slipway.monitoring")
        .should()
        .dependOnClassesThat(
            COMPONENTS.and(DescribedPredicate.not(resideInAPackage("dev.slipway.monitoring"))))
        .check(CLASSES);
  }

  @Test
  void aSystemIsKnownToNobodyElse() {
    slices().matching("dev.slipway.system.(*)").should().notDependOnEachOther().check(CLASSES);
    classes()
        .that()
        .resideInAPackage("dev.slipway.system.*")
        .should()
        .onlyHaveDependentClassesThat()
        .resideInAPackage("dev.slipway.system.*")
        .check(CLASSES);
  }

  @Test
  void pureLogicKnowsNothingOfPulumi() {
    noClasses().that(PURE_LOGIC).should().dependOnClassesThat(PULUMI).check(CLASSES);
  }

  @Test
  void whatIsNamedBesideComponentsUsesPulumi() {
    assertThat(
            CLASSES.stream()
                .filter(
                    type ->
                        type.getDirectDependenciesFromSelf().stream()
                            .map(Dependency::getTargetClass)
                            .anyMatch(PULUMI))
                .map(ArchitectureTest::name))
        .containsAll(WITH_PULUMI);
  }
}
