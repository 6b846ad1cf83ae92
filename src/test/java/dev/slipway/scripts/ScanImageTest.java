package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanImageTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final LocalDate TODAY = LocalDate.now(ZoneOffset.UTC);

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws ecr describe-repositories", "echo arn:aws:ecr:us-east-1:1:repository/erp")
            .fake("aws ecr list-tags-for-resource", "echo")
            .fake("aws ecr start-image-scan", "echo '{}'");
    finds();
  }

  private static String finding(String id, String severity) {
    return """
    {"name": "%s", "severity": "%s", "attributes": [{"key": "package_name", "value": "zlib"},
     {"key": "package_version", "value": "1.2"}]}"""
        .formatted(id, severity);
  }

  private void finds(String... findings) {
    answers("COMPLETE", "\"findings\": [" + String.join(",", findings) + "]");
  }

  private void answers(String status, String findings) {
    place.fake(
        "aws ecr describe-image-scan-findings",
        "cat <<'JSON'\n{\"imageScanStatus\": {\"status\": \"%s\"}, \"imageScanFindings\": {%s}}\nJSON"
            .formatted(status, findings));
  }

  private Workplace.Ended scan(String... words) {
    var line = new ArrayList<>(List.of("erp", DIGEST, "--region", "us-east-1"));
    line.addAll(List.of(words));
    return place.run("scan-image.sh", line.toArray(String[]::new));
  }

  @Test
  void anImageWithoutFindingsPasses() {
    assertThat(scan().exit()).isZero();
    assertThat(place.calls("aws ecr start-image-scan")).singleElement().asString().contains(DIGEST);
  }

  @Test
  void anyFindingFailsHoweverMild() {
    finds(finding("CVE-2026-1", "INFORMATIONAL"));

    var ended = scan();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("INFORMATIONAL CVE-2026-1 in zlib 1.2: **counts**");
  }

  @Test
  void aMilderThresholdIsATagOfTheRepository() {
    place.fake("aws ecr list-tags-for-resource", "echo high");
    finds(finding("CVE-2026-1", "MEDIUM"));
    var milder = scan();
    assertThat(milder.exit()).as(milder.all()).isZero();
    assertThat(milder.output()).contains("fails on high and worse", "1 milder");

    finds(finding("CVE-2026-1", "MEDIUM"), finding("CVE-2026-2", "CRITICAL"));
    assertThat(scan().exit()).isEqualTo(1);
    finds(finding("CVE-2026-3", "UNTRIAGED"));
    assertThat(scan().exit()).as("what nobody has judged is not mild").isEqualTo(1);
  }

  @Test
  void aThresholdThatCannotBeReadLetsNothingPass() {
    finds(finding("CVE-2026-1", "LOW"));
    place.fake(
        "aws ecr list-tags-for-resource",
        "echo 'An error occurred (AccessDeniedException) when calling the operation: no' >&2; exit 254");
    assertThat(scan().exit()).isEqualTo(1);

    place.fake("aws ecr list-tags-for-resource", "echo none");
    assertThat(scan().errors()).contains("the tag slipway:failOn of erp is \"none\"");
    assertThat(scan("--threshold", "medium").exit()).isZero();
  }

  @Test
  void enhancedFindingsCountAsWell() {
    answers(
        "ACTIVE",
        "\"enhancedFindings\": [{\"severity\": \"HIGH\", \"packageVulnerabilityDetails\": {\"vulnerabilityId\":"
            + " \"CVE-2026-9\", \"vulnerablePackages\": [{\"name\": \"curl\", \"version\": \"8\"}]}}]");

    var ended = scan();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("HIGH CVE-2026-9 in curl 8");
  }

  @Test
  void anAcceptedFindingPassesUntilItsLastDay() {
    finds(finding("CVE-2026-1", "HIGH"));
    place.file("ignore", "# known\n\nCVE-2026-1 %s not reachable here\n".formatted(TODAY));

    var ended = scan("--ignore", "ignore");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("accepted: not reachable here");

    finds(finding("CVE-2026-1", "HIGH"), finding("CVE-2026-2", "LOW"));
    assertThat(scan("--ignore", "ignore").exit()).isEqualTo(1);
  }

  @Test
  void entriesThatExpiredOrSayNoReasonAreErrors() {
    place.file(
        "ignore",
        """
        CVE-2026-1 %s was fine then
        CVE-2026-2 %s
        CVE-2026-3 because
        CVE-2026-4 2026-13-45 because
        """
            .formatted(TODAY.minusDays(1), TODAY.plusDays(1)));

    var ended = scan("--ignore", "ignore");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors())
        .contains(
            "4 problems",
            "ignore:1: CVE-2026-1 was accepted until",
            "ignore:2: CVE-2026-2 has no reason",
            "ignore:3: CVE-2026-3 has no last day",
            "ignore:4: CVE-2026-4 has no last day");
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void anEntryThatIsNeededNoMoreIsNamed() {
    place.file("ignore", "CVE-2026-1 %s because\n".formatted(TODAY.plusDays(9)));

    assertThat(scan("--ignore", "ignore").errors()).contains("CVE-2026-1 was not found");
  }

  @Test
  void aScanThatDidNotComeToItsEndIsNoPass() {
    answers("UNSUPPORTED_IMAGE", "");
    assertThat(scan().errors()).contains("was not scanned: UNSUPPORTED_IMAGE");

    answers("IN_PROGRESS", "");
    var slow = scan("--timeout", "0");
    assertThat(slow.exit()).isEqualTo(1);
    assertThat(slow.errors()).contains("did not end in 0 s");
  }

  @Test
  void aScanThatWasMadeOnPushIsTaken() {
    place.fake(
        "aws ecr start-image-scan",
        "echo 'An error occurred (LimitExceededException) when calling the StartImageScan operation: once a day' >&2\n"
            + "exit 254");

    assertThat(scan().exit()).isZero();
  }
}
