package dev.slipway.aws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InstanceTypesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"t4g.medium", "m6g.large", "c7gn.large", "m7gd.large", "a1.large", "x2gd.large"})
  void gravitonIsArm(String type) {
    assertThat(InstanceTypes.architecture(type)).isEqualTo(Architecture.arm64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t3.medium", "t3a.large", "g4dn.xlarge", "m7i.large", "p3.2xlarge"})
  void theOthersAreNot(String type) {
    assertThat(InstanceTypes.architecture(type)).isEqualTo(Architecture.x86_64);
  }

  @Test
  void knowsTheSdksTypes() {
    assertThat(InstanceTypes.known()).contains("t3.medium", "t4g.small").hasSizeGreaterThan(500);
  }

  @ParameterizedTest
  @CsvSource({"t3.medium, 4", "t3.large, 8", "c5.xlarge, 8", "r5.large, 16", "t3.nano, 0.5"})
  void knowsTheMemoryOfTheGeneralFamilies(String type, double memory) {
    assertThat(InstanceTypes.memoryGiB(type)).hasValue(memory);
  }
}
