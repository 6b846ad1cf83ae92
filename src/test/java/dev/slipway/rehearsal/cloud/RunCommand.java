package dev.slipway.rehearsal.cloud;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What one command did on one machine, for the diary. */
public record RunCommand(
    String id,
    String document,
    String instanceId,
    Map<String, List<String>> parameters,
    Instant sentAt,
    String status,
    String statusDetails,
    int exit,
    String output,
    String error) {}
