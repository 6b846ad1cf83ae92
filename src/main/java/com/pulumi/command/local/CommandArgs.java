package com.pulumi.command.local;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Import;
import com.pulumi.resources.ResourceArgs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.annotation.Nullable;

/** The inputs of {@link Command}, under their official names. */
public final class CommandArgs extends ResourceArgs {
  public static final CommandArgs Empty = new CommandArgs();

  @Import(name = "create")
  private @Nullable Output<String> create;

  @Import(name = "update")
  private @Nullable Output<String> update;

  @Import(name = "delete")
  private @Nullable Output<String> delete;

  @Import(name = "environment")
  private @Nullable Output<Map<String, String>> environment;

  @Import(name = "dir")
  private @Nullable Output<String> dir;

  @Import(name = "interpreter")
  private @Nullable Output<List<String>> interpreter;

  @Import(name = "stdin")
  private @Nullable Output<String> stdin;

  @Import(name = "logging")
  private @Nullable Output<String> logging;

  @Import(name = "addPreviousOutputInEnv")
  private @Nullable Output<Boolean> addPreviousOutputInEnv;

  @Import(name = "triggers")
  private @Nullable Output<List<Object>> triggers;

  private CommandArgs() {}

  public Optional<Output<String>> create() {
    return Optional.ofNullable(create);
  }

  public Optional<Output<String>> update() {
    return Optional.ofNullable(update);
  }

  public Optional<Output<String>> delete() {
    return Optional.ofNullable(delete);
  }

  public Optional<Output<Map<String, String>>> environment() {
    return Optional.ofNullable(environment);
  }

  public static Builder builder() {
    return new Builder();
  }

  public static final class Builder {
    private final CommandArgs args = new CommandArgs();

    private Builder() {}

    public Builder create(Output<String> create) {
      args.create = create;
      return this;
    }

    public Builder create(String create) {
      return create(Output.of(create));
    }

    public Builder update(Output<String> update) {
      args.update = update;
      return this;
    }

    public Builder update(String update) {
      return update(Output.of(update));
    }

    public Builder delete(Output<String> delete) {
      args.delete = delete;
      return this;
    }

    public Builder delete(String delete) {
      return delete(Output.of(delete));
    }

    public Builder environment(Output<Map<String, String>> environment) {
      args.environment = environment;
      return this;
    }

    public Builder environment(Map<String, String> environment) {
      return environment(Output.of(environment));
    }

    public Builder dir(String dir) {
      args.dir = Output.of(dir);
      return this;
    }

    public Builder interpreter(List<String> interpreter) {
      args.interpreter = Output.of(interpreter);
      return this;
    }

    public Builder stdin(Output<String> stdin) {
      args.stdin = stdin;
      return this;
    }

    public Builder logging(String logging) {
      args.logging = Output.of(logging);
      return this;
    }

    public Builder addPreviousOutputInEnv(boolean add) {
      args.addPreviousOutputInEnv = Output.of(add);
      return this;
    }

    public Builder triggers(List<Object> triggers) {
      args.triggers = Output.of(triggers);
      return this;
    }

    public CommandArgs build() {
      return args;
    }
  }
}
