package dev.slipway.backup;

import dev.slipway.core.Check;
import dev.slipway.core.Cron;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Optional;

/** When backups are made and how long they are kept. */
public record BackupSettings(
    @Setting(value = "When a backup is made, as a cron expression in UTC.", or = "\"17 2 * * *\"")
        @ForHosts
        String cron,
    @Setting(value = "How many backups stay on the host as well.", or = "2") @ForHosts
        int keepLocal,
    @Setting(value = "After how many days a backup moves to Glacier Instant Retrieval.", or = "30")
        int glacierAfterDays,
    @Setting(value = "After how many days a backup is removed.", or = "365") int expireAfterDays,
    @Setting(
            value = "For how many days a backup that was removed or replaced can be brought back.",
            or = "30")
        int noncurrentDays,
    @Setting(
            value =
                "For how many days nobody can remove a backup (S3 Object Lock, governance mode);"
                    + " only a new bucket takes it.",
            example = "30")
        Optional<Integer> objectLockDays,
    @Setting(value = "Refuse to destroy the bucket until this is false.", or = "true")
        boolean protect,
    @Setting(value = "The alarm goes off when the newest backup is older than this.", or = "26")
        int maxAgeHours,
    @Setting(
            value = "When the newest backup is restored beside the site to see that it can be.",
            or = "\"17 4 * * SUN\"")
        @ForHosts
        String drillCron) {

  /** An alarm that goes off between two backups tells nothing. */
  private static Optional<String> tooSoon(String cron, int maxAgeHours) {
    if (Cron.problem(cron).isPresent()) {
      return Optional.empty();
    }
    int between = Cron.parse(cron).longestHoursBetween();
    return maxAgeHours > between
        ? Optional.empty()
        : Optional.of(
            "%d is no more than the %d hours from one backup to the next by cron, \"%s\": the alarm would go off with nothing wrong; use at least %d"
                .formatted(maxAgeHours, between, cron, between + 2));
  }

  public BackupSettings {
    new Check()
        .none(Cron.problem(cron), "cron")
        .none(Cron.problem(drillCron), "drillCron")
        .that(keepLocal >= 1, "keepLocal", keepLocal + " is less than 1")
        .that(glacierAfterDays >= 1, "glacierAfterDays", glacierAfterDays + " is less than 1")
        .that(
            expireAfterDays > glacierAfterDays,
            "expireAfterDays",
            expireAfterDays + " is not after glacierAfterDays, " + glacierAfterDays)
        .that(noncurrentDays >= 1, "noncurrentDays", noncurrentDays + " is less than 1")
        .that(
            objectLockDays.map(days -> days >= 1 && days < expireAfterDays).orElse(true),
            "objectLockDays",
            objectLockDays.orElse(0) + " is not from 1 to less than expireAfterDays")
        .that(maxAgeHours >= 1, "maxAgeHours", maxAgeHours + " is less than 1")
        .none(tooSoon(cron, maxAgeHours), "maxAgeHours")
        .orThrow();
  }

  /** How old the last drill that went well may get: one that is due is waited for for a day. */
  @ForHosts
  public int drillMaxAgeHours() {
    return Cron.parse(drillCron).longestHoursBetween() + 26;
  }
}
