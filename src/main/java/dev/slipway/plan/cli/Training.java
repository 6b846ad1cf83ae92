package dev.slipway.plan.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.pulumi.deployment.internal.InlineDeploymentSettings;
import com.pulumi.internal.PulumiInternal;
import com.pulumi.resources.StackOptions;
import dev.slipway.plan.engine.EngineServer;
import dev.slipway.plan.engine.OfflineEngine;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.stackfile.StackFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Loads what a plan and a run under Pulumi's engine load, for every stack in a folder, so that the
 * JVM can archive the classes: {@code java -XX:ArchiveClassesAtExit=… dev.slipway.plan.cli.Training
 * FOLDER}.
 */
final class Training {

  private Training() {}

  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    var folder = Path.of(arguments[0]).toAbsolutePath();
    var nowhere = new PrintStream(OutputStream.nullOutputStream());
    for (var stack : StackFile.stacks(folder)) {
      PlanMain.run(
          List.of("--folder", folder.toString(), stack), nowhere, System.err, PlanMain.PROGRAM);
      overTheNetwork(StackFile.read(folder, stack));
    }
    System.exit(0);
  }

  /** The program as Pulumi's engine runs it. */
  private static void overTheNetwork(StackFile file)
      throws IOException, InterruptedException, ExecutionException {
    var engine =
        new OfflineEngine(
            new ResourceNames(
                file.project(), file.stack(), "us-east-1", ResourceNames.EXAMPLE_ACCOUNT));
    try (var server = new EngineServer(engine)) {
      var settings =
          InlineDeploymentSettings.builder()
              .monitorAddr(server.address())
              .engineAddr(server.address())
              .project(file.project())
              .stack(file.stack())
              .organization("organization")
              .isDryRun(true)
              .config(ImmutableMap.copyOf(file.config()))
              .configSecretKeys(ImmutableSet.copyOf(file.secretKeys()))
              .build();
      PulumiInternal.fromInline(settings, StackOptions.Empty)
          .runAsync(PlanMain.PROGRAM.of(file.config(), file.secretKeys()))
          .get();
    }
  }
}
