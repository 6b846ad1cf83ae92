package dev.slipway.account;

import com.pulumi.aws.ebs.EncryptionByDefault;
import com.pulumi.aws.ebs.EncryptionByDefaultArgs;
import com.pulumi.aws.s3.AccountPublicAccessBlock;
import com.pulumi.aws.s3.AccountPublicAccessBlockArgs;
import com.pulumi.command.local.Command;
import com.pulumi.command.local.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.core.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What holds in the whole account, whoever makes something in it: new disks are encrypted, and,
 * where that is asked for, no bucket is public.
 *
 * <p>Creates the two settings, which stay when the stack goes: taking them away would open what
 * others rely on. Costs nothing.
 *
 * <pre>{@code
 * new AccountDefaults(named("defaults"), true, Optional.empty(), childOptions());
 * }</pre>
 *
 * <p>The block for all buckets closes those that serve a site from S3 as well, so that a command
 * looks for public buckets first and refuses where the settings don't name them; see the <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html">S3
 * user guide</a>.
 */
public final class AccountDefaults extends Component {
  static final String TYPE = "slipway:account:AccountDefaults";

  public AccountDefaults(
      String name,
      boolean encryptDisks,
      Optional<PublicAccessSettings> publicAccess,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    if (encryptDisks) {
      new EncryptionByDefault(
          named("encryption"),
          EncryptionByDefaultArgs.builder().enabled(true).build(),
          leaf().retainOnDelete(true).build());
    }
    publicAccess.ifPresent(this::block);
    registerOutputs(Map.of());
  }

  private void block(PublicAccessSettings settings) {
    var words = new ArrayList<>(List.of("./scripts/public-buckets.sh", "--region"));
    words.add(stack().region());
    words.add("--check");
    words.addAll(settings.closes());
    var text = Output.of(Script.line(words));
    var looked =
        new Command(
            named("public-buckets"),
            CommandArgs.builder()
                .create(text)
                .update(text)
                .environment(Map.of())
                .addPreviousOutputInEnv(false)
                .build(),
            leaf().build());
    new AccountPublicAccessBlock(
        named("public-access"),
        AccountPublicAccessBlockArgs.builder()
            .blockPublicAcls(true)
            .blockPublicPolicy(true)
            .ignorePublicAcls(true)
            .restrictPublicBuckets(true)
            .build(),
        leaf().dependsOn(looked).retainOnDelete(true).build());
  }
}
