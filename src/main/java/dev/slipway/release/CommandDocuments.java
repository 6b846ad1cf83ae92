package dev.slipway.release;

import com.pulumi.aws.ssm.Document;
import com.pulumi.aws.ssm.DocumentArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Stack;
import dev.slipway.host.UserData;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What can be done to a host, each thing as a document that Systems Manager runs there.
 *
 * <p>Creates an SSM document for each verb of the system, named {@code slipway-STACK-VERB}. Costs
 * nothing.
 *
 * <pre>{@code
 * var documents = new CommandDocuments(named("runbook"), verbs, settings.release(), childOptions());
 * }</pre>
 *
 * <p>Which limits a document has is said in the <a
 * href="https://docs.aws.amazon.com/general/latest/gr/ssm.html">AWS general reference</a>.
 */
public final class CommandDocuments extends Component {
  static final String TYPE = "slipway:release:Runbook";

  /** A first boot holds the lock while it makes the first release; configure waits for it. */
  static final int CONFIGURE_SECONDS = 5400;

  /** A release that names nothing waits this long for the one before. */
  private static final int WAIT_SECONDS = 1800;

  private static final String ACTOR = "^[A-Za-z0-9._@/ -]{0,100}$";
  private static final String URL = "^(https://[A-Za-z0-9._/-]{1,200})?$";

  /** The first of several hosts migrates, the last says what is desired; one alone does both. */
  private static final String PART = "^(whole|first|middle|last)$";

  private static final String SITE = "^[a-z0-9.-]{0,253}$";

  private static final String ID = "^([0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]{1,60})?$";

  /** A patch of Frappe is a module; what {@code execute:} begins has no name. */
  private static final String PATCH =
      "^([A-Za-z_][A-Za-z0-9_]{0,79}([.][A-Za-z_][A-Za-z0-9_]{0,79}){1,20})?$";

  private static final String REASON = "^[A-Za-z0-9 ._,:/@#()+=-]{0,300}$";

  /** A key of a dump; what is below {@code made/} hosts have made. */
  private static final String DUMP = "^(db-dumps/[A-Za-z0-9._/@=+-]{1,300})?$";

  /** A dump may have to wait for another, and then load for hours. */
  static final int DUMP_SECONDS = 6 * 3600;

  private final List<Resource> documents = new ArrayList<>();

  /**
   * @param verbs what can be done to the system's hosts
   */
  public CommandDocuments(
      String name, List<String> verbs, ReleaseSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    var known = documents(stack(), seconds(settings));
    if (!known.keySet().containsAll(verbs)) {
      throw new IllegalArgumentException(verbs + " are not all of " + known.keySet());
    }
    known.keySet().retainAll(verbs);
    known.forEach((verb, document) -> documents.add(document(verb, document)));
    registerOutputs(Map.of());
  }

  /** How long a release may take, with the time that it waits for another. */
  static int seconds(ReleaseSettings settings) {
    return settings.timeoutMinutes() * 60 + WAIT_SECONDS;
  }

  private Resource document(String verb, CommandDocument document) {
    return new Document(
        named(verb),
        DocumentArgs.builder()
            .name(stack().document(verb))
            .documentType("Command")
            .documentFormat("JSON")
            .targetType("/AWS::EC2::Instance")
            .content(document.json())
            .tags(nameTag(verb))
            .build(),
        leaf().build());
  }

  /** The documents of a stack by verb. */
  static Map<String, CommandDocument> documents(Stack stack, int releaseSeconds) {
    var all = new LinkedHashMap<String, CommandDocument>();
    all.put(
        "configure",
        new CommandDocument(
                "configure",
                "Fetches the scripts that the stack's pointer names and configures the host",
                UserData.configure(stack),
                CONFIGURE_SECONDS)
            .parameter(
                "bundle",
                "The SHA-256 that the pointer must name; empty takes what it names",
                "^([0-9a-f]{64})?$",
                ""));
    all.put(
        "release",
        verb("release", "Makes a release, or converges on the desired one", releaseSeconds)
            .parameter(
                "ref",
                "A branch, tag, commit or digest, or APP@DIGEST and APP:TAG joined by commas; empty"
                    + " converges on the desired release",
                "^(" + ReleaseSettings.REF + ")?$",
                "")
            .parameter("part", "Which of several hosts this is", PART, "whole")
            .parameter("actor", "Who releases", ACTOR, "")
            .parameter("run", "Where to read of the run", URL, "")
            .parameter(
                "upgradeDatabase",
                "Whether the database server may become a newer one, which can't be undone",
                "^(true|false)$",
                "false")
            .parameter(
                "emptySites",
                "Sites, joined by commas, that may be made empty although there are backups of"
                    + " them",
                "^[a-z0-9.,-]{0,1000}$",
                "")
            .parameter(
                "retry",
                "Whether the release that failed in its migration is tried again, in the place of a"
                    + " ref",
                "^(true|false)$",
                "false")
            .parameter(
                "skipPatch",
                "With retry: a patch that the migration counts as done, by its name in patches.txt",
                PATCH,
                "")
            .parameter("because", "With skipPatch: why", REASON, ""));
    all.put(
        "rollback",
        verb("rollback", "Goes back to a recorded release", releaseSeconds)
            .parameter("to", "The release's id; empty takes the one before", ID, "")
            .parameter(
                "withData", "The id of a backup to restore with it; empty keeps the data", ID, "")
            .parameter("part", "Which of several hosts this is", PART, "whole")
            .parameter("actor", "Who goes back", ACTOR, "")
            .parameter("run", "Where to read of the run", URL, ""));
    all.put(
        "backup",
        verb("backup", "Backs up every site and verifies the copy in S3", releaseSeconds)
            .parameter("reason", "Why", ACTOR, "")
            .parameter(
                "counts",
                "Whether sites that were made empty in the place of lost ones are to stay as they"
                    + " are",
                "^(true|false)$",
                "false"));
    all.put(
        "restore",
        verb("restore", "Restores a backup", releaseSeconds)
            .parameter("site", "The site; empty takes all", SITE, "")
            .parameter(
                "backup",
                "The backup's id, or newest",
                "^(newest|[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]{1,60})$",
                "newest")
            .parameter("actor", "Who restores", ACTOR, ""));
    all.put(
        "drill",
        verb("drill", "Restores a backup beside the site and compares", releaseSeconds)
            .parameter(
                "backup",
                "The backup's id, or newest",
                "^(newest|[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]{1,60})$",
                "newest"));
    all.put(
        "rename",
        verb("rename", "Gives a site the name that it has in the settings now", releaseSeconds)
            .parameter("from", "The site's name on the host", SITE, "")
            .parameter("to", "Its name in the settings", SITE, "")
            .parameter("actor", "Who renames", ACTOR, ""));
    all.put(
        "retire",
        verb(
                "retire",
                "Takes away a site that the settings don't name, after a last backup",
                releaseSeconds)
            .parameter("site", "The site's name on the host", SITE, "")
            .parameter("confirm", "The same name again", SITE, "")
            .parameter("actor", "Who retires it", ACTOR, ""));
    all.put(
        "status",
        verb("status", "Says what runs, since when and how it is", 300)
            .parameter("format", "text or json", "^(text|json)$", "text"));
    all.put(
        "check",
        verb("check", "Asks all that the application needs, and says what of it answers", 300)
            .parameter("format", "text or json", "^(text|json)$", "text"));
    all.put(
        "dump",
        verb("dump", "Makes, restores, verifies or promotes a dump of the database", DUMP_SECONDS)
            .parameter(
                "step",
                "What to do",
                "^(make|restore|verify|promote|discard|drop-former|list)$",
                "make")
            .parameter(
                "id",
                "What is restored: the first 12 digits of its SHA-256; of a safety dump: before"
                    + " whose promotion it is made",
                "^([0-9a-f]{12})?$",
                "")
            .parameter(
                "key",
                "The dump in its bucket; of promote: the one that was made of the live database"
                    + " before",
                DUMP,
                "")
            .parameter("version", "The version of that object", "^[A-Za-z0-9._+/=-]{0,1024}$", "")
            .parameter("sha256", "The SHA-256 that was validated", "^([0-9a-f]{64})?$", "")
            .parameter("format", "The dump's format", "^(custom|sql)?$", "")
            .parameter("gzip", "Whether it is gzipped", "^(true|false)$", "false")
            .parameter("reason", "Why one is made", "^(scheduled|asked|safety)$", "asked")
            .parameter(
                "taskToken",
                "The token of a state machine that waits for the answer; empty when a person does",
                "^[A-Za-z0-9+/=_.-]{0,2048}$",
                "")
            .parameter("output", "Of list: text or json", "^(text|json)$", "text")
            .parameter("actor", "Who does it", ACTOR, "")
            .parameter("run", "Where to read of the run", URL, ""));
    return all;
  }

  private static CommandDocument verb(String verb, String description, int seconds) {
    return new CommandDocument(verb, description, script(verb), seconds);
  }

  /**
   * An agent that is too old to hand over parameters says so, where it would otherwise run the verb
   * with none.
   */
  private static String script(String verb) {
    var first =
        switch (verb) {
          case "release" -> "ref";
          case "rollback" -> "to";
          case "backup" -> "reason";
          case "restore", "drill" -> "backup";
          case "rename" -> "from";
          case "retire" -> "site";
          case "dump" -> "step";
          default -> "format";
        };
    return """
#!/bin/bash
set -euo pipefail
: "${SSM_%s?the SSM agent on this host is older than %s: run snap refresh amazon-ssm-agent on it}"
exec /opt/slipway/%s.sh
"""
        .formatted(first, UserData.agentMinimum(), verb);
  }

  /** Lets a role say which release all hosts shall have. */
  public Resource grantRecord(ServiceRole role) {
    return role.allow(
        "record-release",
        Output.tuple(
                context().arn("ssm", "parameter" + stack().pointer()),
                context().arn("ssm", "parameter" + stack().desiredRelease()))
            .applyValue(
                known ->
                    List.of(
                        Statement.allow("FollowPointer")
                            .actions("ssm:GetParameter", "ssm:GetParameters")
                            .resources(known.t1, known.t2, known.t2 + "/*"),
                        Statement.allow("RecordRelease")
                            .actions("ssm:PutParameter")
                            .resources(known.t2, known.t2 + "/*"))));
  }

  /** What must be there before a verb is sent. */
  public List<Resource> documents() {
    return List.copyOf(documents);
  }
}
