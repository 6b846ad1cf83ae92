package dev.slipway.storage;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A CDN before a bucket, which shows its files by URLs that the application has signed. */
public record CdnSettings(
    @Setting(value = "The bucket whose files it shows, one of slipway:buckets.", or = "\"avatars\"")
        String bucket,
    @Setting(
            value =
                "Public keys, in PEM, whose signatures it believes: RSA of 2048 bits. The application"
                    + " signs by the private key of the first, which is a secret that a person brings"
                    + " (./slipway secret set). There are two while a key is changed.",
            example = "'[\"-----BEGIN PUBLIC KEY-----…\"]'")
        List<String> publicKeys,
    @Setting(
            value =
                "Where in the world it answers: PriceClass_100 (North America, Europe, Israel),"
                    + " PriceClass_200 (all but South America and Australia) or PriceClass_All.",
            or = "\"PriceClass_100\"")
        String priceClass) {

  /** How many a group of keys takes. */
  private static final int MOST_KEYS = 5;

  private static final Set<String> PRICE_CLASSES =
      Set.of("PriceClass_100", "PriceClass_200", "PriceClass_All");

  public CdnSettings {
    var check =
        new Check()
            .that(
                !publicKeys.isEmpty() && publicKeys.size() <= MOST_KEYS,
                "publicKeys",
                "has %d, and takes 1 to %d; without one nobody could sign"
                    .formatted(publicKeys.size(), MOST_KEYS))
            .that(
                PRICE_CLASSES.contains(priceClass),
                "priceClass",
                "\"%s\" is none of PriceClass_100, PriceClass_200, PriceClass_All"
                    .formatted(priceClass));
    var seen = new HashSet<String>();
    for (int i = 0; i < publicKeys.size(); i++) {
      var path = "publicKeys[" + i + "]";
      var problem = PublicKeyText.problem(publicKeys.get(i));
      check.none(problem, path);
      if (problem.isEmpty()) {
        check.that(seen.add(PublicKeyText.fingerprint(publicKeys.get(i))), path, "is there twice");
      }
    }
    check.orThrow();
    publicKeys = publicKeys.stream().map(PublicKeyText::normal).toList();
  }
}
