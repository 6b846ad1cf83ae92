package dev.slipway.rehearsal.cloud;

import java.util.concurrent.atomic.AtomicInteger;

/** What the emulated AWS can be told to do wrong. */
public final class Faults {
  private final Machines machines;
  private final AtomicInteger missingInvocations = new AtomicInteger();
  private final AtomicInteger throttledCommands = new AtomicInteger();
  private final AtomicInteger brokenUploads = new AtomicInteger();

  private final Sessions sessions;
  private volatile boolean keysDenied;

  Faults(Machines machines, Sessions sessions) {
    this.machines = machines;
    this.sessions = sessions;
  }

  /** Every session that was handed out for a token ends now. */
  public void expireSessions() {
    sessions.expire();
  }

  /** Nobody may use any KMS key, or as before. */
  public void denyKeys(boolean denied) {
    keysDenied = denied;
  }

  /** Run Command's agent on a machine loses its connection, or has it again. */
  public void agentOffline(String instanceId, boolean offline) {
    machines.find(instanceId).agentOffline(offline);
  }

  /** The next so many looks at an invocation say that there is none yet. */
  public void invocationMissingTimes(int times) {
    missingInvocations.set(times);
  }

  /** The next so many commands are refused for now, as AWS does when it is called too often. */
  public void throttleCommandsTimes(int times) {
    throttledCommands.set(times);
  }

  /** The next so many objects that a machine sends to S3 are answered with an internal error. */
  public void breakUploadsTimes(int times) {
    brokenUploads.set(times);
  }

  boolean deniesKeys() {
    return keysDenied;
  }

  boolean takesMissingInvocation() {
    return takes(missingInvocations);
  }

  boolean takesThrottledCommand() {
    return takes(throttledCommands);
  }

  boolean takesBrokenUpload() {
    return takes(brokenUploads);
  }

  private static boolean takes(AtomicInteger left) {
    return left.getAndUpdate(times -> Math.max(0, times - 1)) > 0;
  }
}
