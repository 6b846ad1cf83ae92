package dev.slipway.host;

import dev.slipway.aws.Architecture;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Setting;
import java.util.List;

/** The machine image, pinned: a "latest" that is looked up replaces machines by surprise. */
public record Ami(
    @Setting(value = "The image's id.", example = "ami-0123456789abcdef0") String id,
    @Setting(value = "The region that the image is in.", example = "us-east-1") String region,
    @Setting(value = "x86_64 or arm64, as the image is built.", or = "\"x86_64\"") @ForHosts
        Architecture architecture)
    implements Regional {

  public Ami {
    new Check()
        .that(
            id.matches("ami-[0-9a-f]{8}([0-9a-f]{9})?"),
            "id",
            "\"" + id + "\" is not the id of an image, such as ami-0123456789abcdef0")
        .orThrow();
  }

  @Override
  public List<Problem> problemsIn(String stackRegion) {
    return region.equals(stackRegion)
        ? List.of()
        : List.of(
            new Problem(
                "region",
                "\"%s\" is not the stack's region, %s; write an image of that region with: ./slipway ami"
                    .formatted(region, stackRegion)));
  }
}
