package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/** What conditions of policies ask about the resources of a call, and the call doesn't say. */
interface ResourceContext {

  /** The id of the KMS key that an alias, an id or an ARN names; itself where there is none. */
  String key(String named);

  /** The aliases of a key, e.g. {@code alias/slipway}. */
  List<String> aliases(String keyId);

  /** The key that a bucket encrypts its objects with; null where S3 uses one of its own. */
  String bucketKey(String bucket);

  /** The key that a secret is encrypted with; null where Secrets Manager uses one of its own. */
  String secretKey(String secret);

  /** The tags of an instance; none for one that isn't there. */
  Map<String, String> instanceTags(String id);

  /** The state machine whose task has this token; {@code *} where none has it. */
  default String machineOfTask(String token) {
    return "*";
  }

  /** Those of an account that has nothing. */
  ResourceContext NONE =
      new ResourceContext() {
        @Override
        public String key(String named) {
          return named;
        }

        @Override
        public List<String> aliases(String keyId) {
          return List.of();
        }

        @Override
        public String bucketKey(String bucket) {
          return null;
        }

        @Override
        public String secretKey(String secret) {
          return null;
        }

        @Override
        public Map<String, String> instanceTags(String id) {
          return Map.of();
        }
      };
}
