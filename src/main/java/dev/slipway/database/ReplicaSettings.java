package dev.slipway.database;

import dev.slipway.core.Setting;
import java.util.Optional;

/** A second instance, which follows the database and answers what only reads. */
public record ReplicaSettings(
    @Setting(
            value =
                "The class of its instance, with no less memory than the database's; none is the"
                    + " database's own.",
            example = "db.t3.small")
        Optional<String> instanceClass) {}
