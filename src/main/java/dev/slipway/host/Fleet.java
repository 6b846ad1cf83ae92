package dev.slipway.host;

import com.pulumi.aws.autoscaling.Attachment;
import com.pulumi.aws.autoscaling.AttachmentArgs;
import com.pulumi.aws.autoscaling.Group;
import com.pulumi.aws.autoscaling.GroupArgs;
import com.pulumi.aws.autoscaling.Policy;
import com.pulumi.aws.autoscaling.PolicyArgs;
import com.pulumi.aws.autoscaling.inputs.GroupInstanceMaintenancePolicyArgs;
import com.pulumi.aws.autoscaling.inputs.GroupInstanceRefreshArgs;
import com.pulumi.aws.autoscaling.inputs.GroupInstanceRefreshPreferencesArgs;
import com.pulumi.aws.autoscaling.inputs.GroupLaunchTemplateArgs;
import com.pulumi.aws.autoscaling.inputs.GroupTagArgs;
import com.pulumi.aws.autoscaling.inputs.PolicyTargetTrackingConfigurationArgs;
import com.pulumi.aws.autoscaling.inputs.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs;
import com.pulumi.aws.ec2.LaunchTemplate;
import com.pulumi.aws.ec2.LaunchTemplateArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateBlockDeviceMappingArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateBlockDeviceMappingEbsArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateIamInstanceProfileArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateMetadataOptionsArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateNetworkInterfaceArgs;
import com.pulumi.aws.ec2.inputs.LaunchTemplateTagSpecificationArgs;
import com.pulumi.aws.ssm.Parameter;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Linkable;
import dev.slipway.core.Stack;
import dev.slipway.identity.ServiceRole;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.network.Connectable;
import dev.slipway.network.Network;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Machines over the zones of a network, each of which may die and is replaced: a fixed number of
 * them, or as many as their load takes.
 *
 * <p>Creates a launch template, an autoscaling group that keeps its size or has a policy that
 * changes it, the hosts' security group and rules, and the parameter that tells machines what to
 * run. A machine has nothing that must outlive it. Costs, in us-east-1, about 15 dollars a month
 * for a t3.small and 30 for a t3.medium each, and 2.40 for 30 GiB of disk.
 *
 * <pre>{@code
 * var fleet = new Fleet(named("fleet"), network, role, scripts, List.of(database), settings.hosts(), childOptions());
 * database.allowFrom(fleet);
 * }</pre>
 *
 * <p>What default tags don't reach is tagged by the template. A new template is rolled out one
 * machine after another, and where that fails it ends there. AWS would roll back to what the group
 * <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html">was
 * told last before it began</a>, which is the new template: the provider <a
 * href="https://github.com/hashicorp/terraform-provider-aws/issues/34189">tells the group
 * first</a>. So there is no such rollback, which would start the same machines over and over.
 */
public final class Fleet extends Connectable implements Hosts, Monitored {
  static final String TYPE = "slipway:host:Fleet";

  /** What a template tags of all that it starts. */
  private static final List<String> TAGGED = List.of("instance", "volume", "network-interface");

  /** A first boot installs, fetches images and waits for the application's health. */
  private static final int BOOT_SECONDS = 900;

  private static final int WARM_UP_SECONDS = 300;

  private final FleetSettings settings;
  private final ServiceRole role;
  private final HostBundle bundle;
  private final Group machines;
  private final LaunchTemplate template;
  private final Output<String> links;
  private final List<Resource> ready = new ArrayList<>();

  /**
   * @param role what the machines may do; takes no grant afterwards
   * @param bundle what they run
   * @param givers what they must know of besides
   */
  public Fleet(
      String name,
      Network network,
      ServiceRole role,
      Artifacts.Published bundle,
      List<? extends Linkable> givers,
      FleetSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, network.vpcId(), "the hosts", "the hosts", options);
    this.settings = settings;
    this.role = role;
    this.bundle = bundle.bundle();
    reachAnywhere(false);
    links = Pointer.text(stack(), bundle, Map.of(), givers);
    var pointer = pointer(bundle, givers);
    ready.add(pointer);
    template = template(network);
    machines = machines(network, pointer);
    settings.scaling().flatMap(ScalingSettings::cpuPercent).ifPresent(this::scaleByCpu);
    ready.addAll(role.grants());
    givers.forEach(giver -> ready.addAll(giver.ready()));
    registerOutputs(Map.of("groupName", machines.name(), "securityGroupId", groupId()));
  }

  private Parameter pointer(Artifacts.Published published, List<? extends Linkable> givers) {
    return new Parameter(
        named("pointer"),
        Pointer.args(stack(), links, givers, nameTag("pointer")),
        leaf().dependsOn(published.object()).build());
  }

  private LaunchTemplate template(Network network) {
    return new LaunchTemplate(
        named("template"),
        LaunchTemplateArgs.builder()
            .namePrefix(stack().prefix("fleet"))
            .description("Slipway " + stack().name() + ": what a host is")
            .updateDefaultVersion(true)
            .imageId(VerifiedImage.of(settings.ami(), "hosts", stack(), this))
            .instanceType(settings.instanceType())
            .iamInstanceProfile(
                LaunchTemplateIamInstanceProfileArgs.builder()
                    .arn(role.instanceProfile().arn())
                    .build())
            .networkInterfaces(
                LaunchTemplateNetworkInterfaceArgs.builder()
                    .deviceIndex(0)
                    .associatePublicIpAddress(Boolean.toString(network.hostsArePublic()))
                    .securityGroups(groupId().applyValue(List::of))
                    .deleteOnTermination("true")
                    .build())
            .metadataOptions(
                LaunchTemplateMetadataOptionsArgs.builder()
                    .httpEndpoint("enabled")
                    .httpTokens("required")
                    .httpPutResponseHopLimit(settings.metadataHopLimit())
                    .build())
            .blockDeviceMappings(
                LaunchTemplateBlockDeviceMappingArgs.builder()
                    // The root device of Ubuntu's images.
                    .deviceName("/dev/sda1")
                    .ebs(
                        LaunchTemplateBlockDeviceMappingEbsArgs.builder()
                            .encrypted("true")
                            .volumeType("gp3")
                            .volumeSize(settings.rootVolumeGiB())
                            .deleteOnTermination("true")
                            .build())
                    .build())
            .userData(
                Base64.getEncoder()
                    .encodeToString(UserData.of(stack()).getBytes(StandardCharsets.UTF_8)))
            .tagSpecifications(
                TAGGED.stream()
                    .map(
                        kind ->
                            LaunchTemplateTagSpecificationArgs.builder()
                                .resourceType(kind)
                                .tags(startedTags())
                                .build())
                    .toList())
            .tags(nameTag("template"))
            .build(),
        leaf().build());
  }

  /** The tags of what a template starts, which default tags don't reach. */
  private Map<String, String> startedTags() {
    var tags = new LinkedHashMap<>(stack().tags());
    tags.putAll(nameTag("machine", Map.of(Stack.STACK_TAG, stack().name())));
    return tags;
  }

  private Group machines(Network network, Parameter pointer) {
    var before = new ArrayList<Resource>();
    before.add(pointer);
    before.addAll(role.grants());
    before.addAll(network.wayOut());
    before.addAll(rules());
    var args =
        GroupArgs.builder()
            .namePrefix(stack().prefix("fleet"))
            .minSize(settings.least())
            .maxSize(settings.most())
            .vpcZoneIdentifiers(network.hostSubnetIds())
            .launchTemplate(
                GroupLaunchTemplateArgs.builder()
                    .id(template.id())
                    .version(template.latestVersion().applyValue(String::valueOf))
                    .build())
            .healthCheckType(healthCheckType())
            .healthCheckGracePeriod(BOOT_SECONDS)
            .defaultInstanceWarmup(WARM_UP_SECONDS)
            .instanceMaintenancePolicy(
                // A new host serves before an old one goes, and they go one after another.
                GroupInstanceMaintenancePolicyArgs.builder()
                    .minHealthyPercentage(100)
                    .maxHealthyPercentage(oneMore())
                    .build())
            .instanceRefresh(
                GroupInstanceRefreshArgs.builder()
                    .strategy("Rolling")
                    .preferences(
                        GroupInstanceRefreshPreferencesArgs.builder()
                            .minHealthyPercentage(100)
                            .maxHealthyPercentage(oneMore())
                            .autoRollback(false)
                            .build())
                    .build())
            .enabledMetrics(
                "GroupDesiredCapacity", "GroupInServiceInstances", "GroupTotalInstances")
            .metricsGranularity("1Minute")
            .tags(groupTags());
    var options = leaf().dependsOn(before);
    if (settings.scaling().isPresent()) {
      args.desiredCapacity(settings.count());
      // From then on it is the policy's to say.
      options.ignoreChanges("desiredCapacity");
    }
    return new Group(named("machines"), args.build(), options.build());
  }

  /** Keeps processors as busy as the settings say, by more hosts or by fewer. */
  private void scaleByCpu(int percent) {
    scale("scaling", "cpu", metric("ASGAverageCPUUtilization").build(), percent, List.of());
  }

  /**
   * Has each host get as many of an app's requests as the settings say. Of several policies <a
   * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-multiple-policies.html">the
   * one that wants the most hosts counts</a>. AWS takes it when the target group is attached.
   */
  private void scaleByRequests(int requests, TargetGroup group, Attachment attachment) {
    scale(
        "scaling-" + group.app(),
        "requests-" + group.app(),
        metric("ALBRequestCountPerTarget").resourceLabel(group.label()).build(),
        requests,
        List.of(attachment));
  }

  private static PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs.Builder metric(
      String type) {
    return PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs.builder()
        .predefinedMetricType(type);
  }

  private void scale(
      String role,
      String by,
      PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs metric,
      int target,
      List<Resource> before) {
    new Policy(
        named(role),
        PolicyArgs.builder()
            .name(stack().prefix("fleet") + by)
            .autoscalingGroupName(machines.name())
            .policyType("TargetTrackingScaling")
            .targetTrackingConfiguration(
                PolicyTargetTrackingConfigurationArgs.builder()
                    .predefinedMetricSpecification(metric)
                    .targetValue((double) target)
                    .build())
            .build(),
        leaf().dependsOn(before).build());
  }

  /**
   * By what AWS tells that a host is dead: hosts that have nothing to serve yet would be replaced
   * for ever if the balancer were asked.
   */
  private Output<String> healthCheckType() {
    if (settings.healthCheck() == HealthCheck.EC2) {
      return Output.of(HealthCheck.EC2.name());
    }
    return FirstRelease.wasMade(stack(), this)
        .applyValue(made -> (made ? HealthCheck.ELB : HealthCheck.EC2).name());
  }

  /** One machine above the fewest, in percent. */
  private int oneMore() {
    return 100 + Math.max(10, (100 + settings.least() - 1) / settings.least());
  }

  /** The group's own tags: the template has those of the machines. */
  private List<GroupTagArgs> groupTags() {
    return Stream.concat(
            stack().tags().entrySet().stream(), nameTag("machines").entrySet().stream())
        .map(
            tag ->
                GroupTagArgs.builder()
                    .key(tag.getKey())
                    .value(tag.getValue())
                    .propagateAtLaunch(false)
                    .build())
        .toList();
  }

  /** Opens SSH to the blocks of the settings, of which there are none by default. */
  public List<Resource> allowSsh() {
    return allowSsh(settings.sshFrom());
  }

  @Override
  protected int port() {
    return 443;
  }

  /** Rules call a system's hosts a fleet; a name that changes replaces the rule. */
  @Override
  protected String peer() {
    return label().equals("hosts") ? "fleet" : label();
  }

  /** When the hosts are busy, missing or full. */
  @Override
  public List<Alarm> alarms() {
    var group = machines.name().applyValue(name -> Map.of("AutoScalingGroupName", name));
    return List.of(
        Alarm.above("hosts-cpu", "the hosts' processors are more than %.0f percent busy", 80.0)
            .on("AWS/EC2", "CPUUtilization", "Average", group)
            .after(3),
        Alarm.below("hosts-missing", "fewer than %.0f hosts are in service", settings.least())
            .on("AWS/AutoScaling", "GroupInServiceInstances", "Minimum", group)
            .silenceIs("breaching")
            .after(3),
        Alarm.above("disk", "a host's disk is more than %.0f percent full", 85.0)
            .onHosts("DataVolumeUsedPercent", "Maximum")
            .silenceIs("breaching"));
  }

  /** The id of the launch template. */
  public Output<String> templateId() {
    return template.id();
  }

  /** The name of the autoscaling group. */
  public Output<String> groupName() {
    return machines.name();
  }

  @Override
  public void attach(String name, TargetGroup group, CustomResourceOptions options) {
    var attachment =
        new Attachment(
            name,
            AttachmentArgs.builder()
                .autoscalingGroupName(machines.name())
                .lbTargetGroupArn(group.arn())
                .build(),
            options);
    settings
        .scaling()
        .flatMap(ScalingSettings::requestsPerHost)
        .ifPresent(requests -> scaleByRequests(requests, group, attachment));
  }

  @Override
  public ServiceRole role() {
    return role;
  }

  @Override
  public HostBundle bundle() {
    return bundle;
  }

  @Override
  public Output<List<String>> target() {
    return Output.of(List.of("--stack", stack().name(), "--rolling"));
  }

  @Override
  public Output<Map<String, String>> marks() {
    return Output.tuple(template(), links)
        .applyValue(known -> Map.of("SLIPWAY_TEMPLATE", known.t1, "SLIPWAY_FACTS", known.t2));
  }

  @Override
  public Optional<Replacement> replacement() {
    return Optional.of(new Replacement(machines.name(), template()));
  }

  private Output<String> template() {
    return Output.format("%s:%s", template.id(), template.latestVersion());
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<Resource>(ready);
    all.addAll(rules());
    all.add(machines);
    return all;
  }
}
