package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The agent of a machine that is a container: scripts come in by {@code docker exec}, as root. */
final class DockerAgent implements Agent {

  @Override
  public boolean hasStarted(Machine machine) {
    return Programs.tryDocker(
            "exec",
            machine.container(),
            "sh",
            "-c",
            // The agent starts beside the unit that runs user data, not after it.
            "systemctl is-active --quiet basic.target"
                + " && systemctl show --property ActiveState first-boot.service"
                + " | grep -qE '=(activating|active|failed)$'")
        .ok();
  }

  @Override
  public Process start(
      Machine machine, String folder, SsmDocument.Step step, Map<String, String> variables)
      throws IOException {
    var docker = new ArrayList<>(List.of("docker", "exec", "--interactive"));
    variables.keySet().forEach(name -> docker.addAll(List.of("--env", name)));
    if (!step.workingDirectory().isEmpty()) {
      docker.addAll(List.of("--workdir", step.workingDirectory()));
    }
    // As the agent: a script file that is executed, in a process group of its own, with little in
    // the environment.
    docker.addAll(
        List.of(
            machine.container(),
            "/bin/sh",
            "-c",
            "umask 077; mkdir -p \"$1\"; cat >\"$1/_script.sh\"; chmod 0700 \"$1/_script.sh\";"
                + " unset HOME LANG container HOSTNAME;"
                + " export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;"
                + " exec setsid --wait /bin/sh -c 'echo $$ >\"$1/pid\"; umask 022; exec \"$1/_script.sh\" </dev/null'"
                + " sh \"$1\"",
            "sh",
            folder));
    var builder = new ProcessBuilder(docker);
    builder.environment().putAll(variables);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(step.script().getBytes(StandardCharsets.UTF_8));
    }
    return process;
  }

  @Override
  public void end(Machine machine, String folder) {
    Programs.tryDocker(
        "exec",
        machine.container(),
        "sh",
        "-c",
        "pid=$(cat \"$1/pid\") && kill -TERM -- -\"$pid\"; for i in 1 2 3 4 5 6 7 8 9 10; do"
            + " kill -0 -- -\"$pid\" 2>/dev/null || exit 0; sleep 0.5; done; kill -KILL -- -\"$pid\"",
        "sh",
        folder);
  }
}
