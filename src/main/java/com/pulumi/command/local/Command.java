package com.pulumi.command.local;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Export;
import com.pulumi.core.annotations.ResourceType;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.CustomResourceOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.annotation.Nullable;

/**
 * A command that runs on the machine of whoever runs {@code pulumi up}: our own binding of the
 * command provider's type, under its official name.
 *
 * <p>The published Java binding is not on Maven Central. To use it where it can be had, delete this
 * folder and add {@code com.pulumi:command} to pom.xml. Inputs and behaviour are those of the <a
 * href="https://www.pulumi.com/registry/packages/command/api-docs/local/command/">provider</a>:
 * {@code create} runs when the resource is new, {@code update} when an input has changed, and a
 * change in {@code triggers} replaces it.
 */
@ResourceType(type = "command:local:Command")
public class Command extends CustomResource {
  /** The version of the plugin that the engine looks for or fetches. */
  public static final String PLUGIN_VERSION = "1.2.1";

  @Export(
      name = "stdout",
      refs = {String.class},
      tree = "[0]")
  private Output<String> stdout;

  @Export(
      name = "stderr",
      refs = {String.class},
      tree = "[0]")
  private Output<String> stderr;

  @Export(
      name = "create",
      refs = {String.class},
      tree = "[0]")
  private Output</* @Nullable */ String> create;

  @Export(
      name = "update",
      refs = {String.class},
      tree = "[0]")
  private Output</* @Nullable */ String> update;

  @Export(
      name = "delete",
      refs = {String.class},
      tree = "[0]")
  private Output</* @Nullable */ String> delete;

  @Export(
      name = "environment",
      refs = {Map.class, String.class},
      tree = "[0,1,1]")
  private Output</* @Nullable */ Map<String, String>> environment;

  @Export(
      name = "triggers",
      refs = {List.class, Object.class},
      tree = "[0,1]")
  private Output</* @Nullable */ List<Object>> triggers;

  public Command(String name, CommandArgs args, @Nullable CustomResourceOptions options) {
    super(
        "command:local:Command",
        name,
        args == null ? CommandArgs.Empty : args,
        withVersion(options),
        false);
  }

  public Output<String> stdout() {
    return stdout;
  }

  public Output<String> stderr() {
    return stderr;
  }

  public Output<Optional<String>> create() {
    return create.applyValue(Optional::ofNullable);
  }

  public Output<Optional<String>> update() {
    return update.applyValue(Optional::ofNullable);
  }

  private static CustomResourceOptions withVersion(@Nullable CustomResourceOptions options) {
    var defaults = CustomResourceOptions.builder().version(PLUGIN_VERSION).build();
    return CustomResourceOptions.merge(defaults, options, null);
  }
}
