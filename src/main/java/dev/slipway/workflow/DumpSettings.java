package dev.slipway.workflow;

import dev.slipway.core.Check;
import dev.slipway.core.Cron;
import dev.slipway.core.Setting;
import dev.slipway.database.PostgresSettings;
import java.util.Optional;

/** When dumps of the database are made, how long they are kept, and what is taken of others. */
public record DumpSettings(
    @Setting(
            value =
                "When a dump of the database is made, as a cron expression in UTC. Without it one is"
                    + " made when somebody asks.",
            example = "'17 1 * * *'")
        Optional<String> schedule,
    @Setting(value = "For how many days dumps and what is uploaded are kept.", or = "30")
        int keepDays,
    @Setting(value = "The largest dump that is taken, as it is uploaded.", or = "5") int maxGiB,
    @Setting(
            value =
                "The most that a dump may unpack to; what unpacks to more is refused as a zip bomb.",
            or = "20")
        int maxUnpackedGiB,
    @Setting(
            value =
                "How long a step on a host may take: making a dump, restoring one, comparing it.",
            or = "120")
        int timeoutMinutes,
    @Setting(
            value = "Trace the workflow and its functions with X-Ray, at a usage-based price.",
            or = "false")
        boolean xray,
    @Setting(value = "Refuse to destroy the bucket until this is false.", or = "true")
        boolean protect) {

  /** The major version of the hosts' client, which restores nothing that is newer. */
  static final int CLIENT = 16;

  /** The longest time that an alarm of CloudWatch's looks back at: seven days. */
  private static final int LOOKS_BACK_HOURS = 7 * 24;

  public DumpSettings {
    new Check()
        .none(schedule.flatMap(DumpSettings::problemOfSchedule), "schedule")
        .that(keepDays >= 1 && keepDays <= 3650, "keepDays", keepDays + " is not from 1 to 3650")
        .that(
            maxGiB >= 1 && maxGiB <= 50,
            "maxGiB",
            maxGiB + " is not from 1 to 50, which is what a function reads in its 15 minutes")
        .that(
            maxUnpackedGiB >= maxGiB && maxUnpackedGiB <= 200,
            "maxUnpackedGiB",
            "%d is not from maxGiB, %d, to 200".formatted(maxUnpackedGiB, maxGiB))
        .that(
            timeoutMinutes >= 5 && timeoutMinutes <= 330,
            "timeoutMinutes",
            timeoutMinutes + " is not from 5 to 330, after which Systems Manager ends it")
        .orThrow();
  }

  /** Why dumps of this database can't be restored by hosts, if they can't. */
  public Optional<String> problemWith(PostgresSettings database) {
    return Integer.parseInt(database.version()) <= CLIENT
        ? Optional.empty()
        : Optional.of(
            "\"%s\" is newer than the PostgreSQL client of hosts, %d, which neither dumps nor restores it; leave out slipway:dumps, or use \"%d\""
                .formatted(database.version(), CLIENT, CLIENT));
  }

  /** After how many hours without a dump somebody has to look, where a schedule makes them. */
  Optional<Integer> longestHoursWithout() {
    return schedule.map(DumpSettings::hoursWithout);
  }

  private static int hoursWithout(String cron) {
    return Cron.parse(cron).longestHoursBetween() + 2;
  }

  /** A dump that is not made has to be seen. */
  private static Optional<String> problemOfSchedule(String cron) {
    var problem = Cron.problemOfSchedule(cron);
    return problem.isPresent() || hoursWithout(cron) <= LOOKS_BACK_HOURS
        ? problem
        : Optional.of(
            ("\"%s\" makes no dump for %d hours, and an alarm of CloudWatch's looks back at %d, two of"
                    + " which a dump may take; let it make one more often, such as twice a week")
                .formatted(cron, hoursWithout(cron) - 2, LOOKS_BACK_HOURS));
  }
}
