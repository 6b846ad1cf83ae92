package dev.slipway.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables of prices. */
class PricesTest {
  private static final Map<String, Prices> LISTS =
      Map.of("ec2", InstancePrices.LIST, "ebs", Ec2.EBS, "vpc", Ec2.VPC);

  @ParameterizedTest
  @CsvSource({
    "ec2, t3.medium, us-east-1, 0.0416",
    "ec2, t3.medium, eu-central-1, 0.048",
    "ec2, t4g.medium, us-west-2, 0.0336",
    "ebs, gp3, eu-central-1, 0.0952",
    "vpc, public-ipv4, ap-southeast-2, 0.005",
    "vpc, nat-gateway, us-east-1, 0.045"
  })
  void knowsThePrices(String service, String item, String region, BigDecimal usd) {
    var list = LISTS.get(service);

    assertThat(list.service()).isEqualTo(service);
    assertThat(list.of(item, region).orElseThrow().usd()).isEqualByComparingTo(usd);
  }

  @Test
  void knowsNoPriceWhereTheTableHasNone() {
    assertThat(InstancePrices.LIST.of("t3.medium", "mars-north-1")).isEmpty();
    assertThat(List.of("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1"))
        .allSatisfy(region -> assertThat(InstancePrices.LIST.of("t3.medium", region)).isPresent());
  }

  @Test
  void takesNoSecondPriceForTheSame() {
    assertThatThrownBy(
            () ->
                Prices.of(
                    "zone",
                    "https://aws.amazon.com/",
                    "2025-06-30",
                    """
                    zone  us-east-1            0.50  month
                    zone  us-east-1,us-east-2  0.60  month
                    """))
        .hasMessage("two prices for zone zone in us-east-1");
  }
}
