package dev.slipway.rehearsal.cloud;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * An AWS account on this machine, for a rehearsal: moto behind an endpoint of our own, the {@code
 * aws} and {@code command} providers for the Pulumi engine, machines as containers, volumes as loop
 * devices, a container registry and an ACME server.
 *
 * <p>It costs nothing and keeps nothing: everything that it starts is labelled, and gone when it is
 * closed.
 *
 * <pre>{@code
 * try (var cloud = EmulatedCloud.start(repository, repository.resolve(".slipway"), "staging", true, null)) {
 *   new ProcessBuilder("pulumi", "up").environment().putAll(cloud.environment());
 * }
 * }</pre>
 */
public final class EmulatedCloud implements AutoCloseable {

  /** The account that AWS's own documentation uses in its examples. */
  static final String ACCOUNT = "123456789012";

  private static final String IMAGE = "ami-05a1e5b1a5e5e5e50";
  private static final String STATE_KEY = "alias/slipway";
  private static final int REGISTRY_PORT = 5000;

  /** Made by ./slipway rehearsal-images. */
  private static final String CADDY_IMAGE = "caddy:2";

  private final String run;
  private final Path directory;
  private final Path home;
  private final String region;
  private final Tools tools;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Thread hook = new Thread(this::close, "rehearsal-clean-up");
  private final BucketPolicies bucketPolicies = new BucketPolicies();
  private Machines machines;
  private Children children;
  private Moto moto;
  private Path cli;
  private AwsClient aws;
  private final TokenIssuer gitHub = new TokenIssuer();
  private Sessions sessions;
  private Roles roles;
  private Events events;
  private Faults faults;
  private Endpoint endpoint;
  private RunCommands commands;
  private AccountResources resources;
  private Authorization authorization;
  private AwsProvider provider;
  private CommandProvider commandProvider;
  private AcmeServer acme;
  private Authority authority;
  private Balancers balancers;
  private Databases databases;
  private FleetHandlers fleets;
  private BalancerHandlers balancing;
  private DomainHandlers domains;
  private Appliances appliances;
  private ImageBuilder builder;
  private Map<String, String> environment;
  private final String bucket;
  private final AwsPlugin plugin;
  private final MachineNetwork network;
  private boolean closed;

  private EmulatedCloud(Path home, String region, boolean hosts, AwsPlugin plugin)
      throws IOException {
    byte[] random = new byte[4];
    new SecureRandom().nextBytes(random);
    run = HexFormat.of().formatHex(random);
    this.home = home.toAbsolutePath();
    this.region = region;
    this.plugin = plugin;
    network = hosts ? takeNetwork() : MachineNetwork.FIRST;
    if (!hosts) {
      open.add(only("account"));
    }
    directory =
        this.home
            .resolve("rehearsal")
            .resolve(hosts ? "hosts" + network.suffix() : "account")
            .resolve(run);
    bucket = "slipway-state-" + ACCOUNT + "-" + region;
    tools = new Tools(this.home.resolve("tools"));
  }

  /**
   * Starts everything.
   *
   * @param repository holds the stack's settings, which name the region
   * @param home the ignored folder with the tools, where the rehearsal works too
   * @param stack the stack that will be rehearsed
   * @param hosts whether it has machines; without them no Docker, registry or ACME server is needed
   * @param plugin what makes resources in the place of the provider here, which alone makes
   *     machines; or null
   */
  public static EmulatedCloud start(
      Path repository, Path home, String stack, boolean hosts, AwsPlugin plugin)
      throws IOException {
    var cloud =
        new EmulatedCloud(
            home, region(repository.resolve("Pulumi." + stack + ".yaml")), hosts, plugin);
    try {
      cloud.open(repository, hosts);
      return cloud;
    } catch (InterruptedException e) {
      cloud.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the emulated AWS was starting", e);
    } catch (IOException | RuntimeException e) {
      cloud.close();
      throw e;
    }
  }

  private static String region(Path settings) throws IOException {
    if (!Files.exists(settings)) {
      throw new IOException(settings + ": is missing; it names the stack's settings");
    }
    Object read =
        new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(settings));
    Object config = Values.map(read).get("config");
    Object region = Values.map(config).get("aws:region");
    return region == null ? "us-east-1" : region.toString();
  }

  private void open(Path repository, boolean hosts) throws IOException, InterruptedException {
    Runtime.getRuntime().addShutdownHook(hook);
    machines = new Machines(run, network, directory.resolve("machines"), region);
    Children.endLeftovers(directory.getParent());
    if (hosts) {
      machines.removeOthers();
    }
    removeEarlierRuns();
    Files.createDirectories(directory);
    if (hosts) {
      machines.prepare();
      open.add(machines);
    }
    children = new Children(directory);
    open.add(children);
    moto = Moto.start(tools, directory, children);
    cli = LoadedCli.start(tools, repository, directory, children);
    aws = new AwsClient(moto.address(), region);
    sessions = new Sessions(InstantSource.system());
    roles = new Roles(aws, sessions);
    faults = new Faults(machines, sessions);
    startEndpoint(hosts ? Optional.of(network.gateway()) : Optional.empty());
    var workflows = workflows(repository);
    endpoint.workflows(workflows);
    startProviders(hosts, workflows);
    acme = new AcmeServer(run, network, directory);
    if (!hosts) {
      return;
    }
    startRegistry(repository);
    var images = new ImageRegistryServer(aws, authorization, URI.create("http://" + registry()));
    open.add(images);
    images.start(List.of(network.loopback(), network.gateway()));
    endpoint.images(images);
    builder = new ImageBuilder(run, network, directory, tools.home());
    environment.putAll(builder.environment());
    machines.serveFrom(
        endpointOfMachines(),
        network.gateway() + ":" + endpoint.metadataPort(),
        network.gateway() + ":" + images.port(),
        network.gateway() + ":" + REGISTRY_PORT,
        acme::authority);
  }

  /** A network of machines that no other rehearsal on this machine has. */
  private MachineNetwork takeNetwork() throws IOException {
    IOException taken = null;
    for (int number = 0; number < MachineNetwork.COUNT; number++) {
      var candidate = new MachineNetwork(number);
      try {
        open.add(only("hosts" + candidate.suffix()));
        return candidate;
      } catch (IOException e) {
        taken = e;
      }
    }
    throw taken;
  }

  /**
   * One rehearsal of this name at a time, since what it has belongs to the machine, and so do the
   * leftovers of a killed run.
   */
  private static AutoCloseable only(String name) throws IOException {
    Path file =
        Path.of(System.getProperty("java.io.tmpdir"), "slipway-rehearsal-" + name + ".lock");
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      String owner = Files.readString(file).strip();
      channel.close();
      throw new IOException(
          "another rehearsal is running on this machine (process "
              + owner
              + "); wait until it ends");
    }
    channel.truncate(0);
    channel.write(java.nio.ByteBuffer.wrap(Machines.utf8(ProcessHandle.current().pid() + "\n")));
    return channel;
  }

  /**
   * The logs of the last run are kept for whoever wants to know what happened, those before it are
   * not.
   */
  private void removeEarlierRuns() throws IOException {
    Path runs = directory.getParent();
    if (!Files.isDirectory(runs)) {
      return;
    }
    try (Stream<Path> files = Files.walk(runs)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void startEndpoint(Optional<String> gateway) throws IOException {
    var metadata = new InstanceMetadata(machines, this::roleOf, region);
    resources = new AccountResources(aws, machines);
    authorization = new Authorization(aws, metadata, bucketPolicies, resources);
    String operator = "AKIA" + run.toUpperCase() + "OPERATOR";
    endpoint =
        new Endpoint(
            moto.address(),
            machines,
            metadata,
            authorization,
            bucketPolicies,
            faults,
            sessions,
            new WebIdentity(aws, gitHub.key(), sessions, InstantSource.system()),
            roles,
            operator,
            directory.resolve("endpoint.log"));
    open.add(endpoint);
    commands =
        new RunCommands(
            machines, aws, faults, authorization, new DockerAgent(), InstantSource.system());
    open.add(commands);
    endpoint.start(commands, gateway);
    environment = new LinkedHashMap<>();
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + endpoint.port());
    environment.put("AWS_ACCESS_KEY_ID", operator);
    environment.put("AWS_SECRET_ACCESS_KEY", "rehearsal-" + run);
    environment.put("AWS_REGION", region);
    environment.put("AWS_DEFAULT_REGION", region);
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    // Nothing of the person's own AWS settings may get into a rehearsal.
    environment.put("AWS_CONFIG_FILE", directory.resolve("no-aws-config").toString());
    environment.put(
        "AWS_SHARED_CREDENTIALS_FILE", directory.resolve("no-aws-credentials").toString());
    environment.put("AWS_PAGER", "");
    // What is killed leaves its temporary files: here they go with the run.
    environment.put("TMPDIR", Files.createDirectories(directory.resolve("tmp")).toString());
    environment.put("NO_PROXY", "127.0.0.1,localhost," + network.gateway());
    environment.put("PATH", cli + ":" + tools.searchPath());
    environment.put("DOCKER_CONFIG", tools.home().toString());
    environment.put("PULUMI_HOME", directory.resolve("pulumi").toString());
    environment.put("PULUMI_SKIP_UPDATE_CHECK", "true");
    environment.put("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true");
  }

  private String roleOf(String profile) {
    try {
      return aws.query("iam", "GetInstanceProfile", Map.of("InstanceProfileName", profile))
          .anywhere("RoleName")
          .map(Xml::text)
          .orElse(null);
    } catch (AwsError e) {
      return null;
    }
  }

  private Hosted hosted(DatabaseHandlers databaseHandlers, CacheHandlers cacheHandlers) {
    return new Hosted() {
      @Override
      public String answer(Call call) {
        return switch (call.service()) {
          case "elasticache" ->
              cacheHandlers.serves(call.operation()) ? cacheHandlers.serve(call) : null;
          case "elasticloadbalancing" -> balancing.answer(call);
          case "autoscaling" -> fleets.answer(call);
          default -> null;
        };
      }

      @Override
      public void agreed(Call call) {
        if (call.service().equals("rds")) {
          databaseHandlers.happened(call);
        }
      }
    };
  }

  private Workflows workflows(Path repository) {
    URI address = URI.create("http://127.0.0.1:" + endpoint.port());
    var functions = new Functions(aws, tools, directory, children, roles, authorization, address);
    open.add(functions);
    var stateMachines =
        new StateMachines(
            repository.resolve(StateMachines.SCRIPT),
            tools,
            directory,
            children,
            roles,
            address,
            region);
    resources.tasks(stateMachines::machineOfTask);
    events = new Events(aws, roles, authorization, stateMachines);
    open.add(events);
    return new Workflows(functions, stateMachines, events);
  }

  private void startProviders(boolean hosts, Workflows workflows) throws IOException {
    var images =
        List.of(
            new Lookups.Image(
                IMAGE,
                System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64",
                "rehearsal/images/machine"));
    var networks = new NetworkHandlers(aws);
    var hardware = new MachineHandlers(networks, machines, images);
    machines.listener(hardware);
    authority = new Authority(directory);
    appliances =
        new Appliances(
            run,
            network.label() + "=" + run,
            network.name(),
            directory.resolve("appliances"),
            authority);
    open.add(appliances);
    balancers =
        new Balancers(
            hosts ? network.gateway() : "127.0.0.1",
            id -> machines.find(id).publicIp(),
            new BalancerServer(tools, directory, children));
    open.add(balancers);
    fleets = new FleetHandlers(networks, hardware, machines, aws, balancers);
    hardware.whenTerminated(fleets::ended);
    hardware.whenTerminated(machine -> balancers.deregister(machine.id()));
    domains = new DomainHandlers(aws, authority);
    balancing = new BalancerHandlers(aws, balancers, domains);
    databases = new Databases(appliances);
    var databaseHandlers = new DatabaseHandlers(aws, databases);
    var cacheHandlers = new CacheHandlers(aws, new Caches(appliances));
    endpoint.hosts(hosted(databaseHandlers, cacheHandlers));
    var handlers = new ArrayList<Handler>();
    handlers.addAll(networks.all());
    handlers.addAll(hardware.all());
    handlers.addAll(fleets.all());
    handlers.addAll(balancing.all());
    handlers.addAll(domains.all());
    handlers.addAll(databaseHandlers.all());
    handlers.addAll(cacheHandlers.all());
    handlers.addAll(new IdentityHandlers(aws).all());
    handlers.addAll(new BucketHandlers(aws, bucketPolicies).all());
    handlers.addAll(new CdnHandlers(aws).all());
    handlers.addAll(ServiceHandlers.all(aws));
    handlers.addAll(new FunctionHandlers(aws, workflows.functions(), roles).all());
    handlers.addAll(
        new StateMachineHandlers(aws, workflows.machines(), roles, authorization).all());
    handlers.addAll(new EventHandlers(aws, workflows.events(), roles).all());
    provider =
        new AwsProvider(new Handlers(region, handlers), new Lookups(aws, region, images), region);
    var forCommands = new LinkedHashMap<>(environment);
    commandProvider = new CommandProvider(forCommands, directory.resolve("project"));
    String attached = "command:" + serve(commandProvider.bindService()).getPort();
    open.add(commandProvider::close);
    if (plugin == null) {
      var service = ServerInterceptors.intercept(provider, AwsProvider.connections());
      attached += ",aws:" + serve(service).getPort();
    } else {
      plugin.install(Path.of(environment.get("PULUMI_HOME")));
    }
    environment.put("PULUMI_DEBUG_PROVIDERS", attached);
  }

  private Server serve(io.grpc.ServerServiceDefinition service) throws IOException {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .maxInboundMessageSize(1 << 28)
            .addService(service)
            .build()
            .start();
    open.add(server::shutdownNow);
    return server;
  }

  /**
   * The Docker engine here trusts a registry without TLS on loopback only, and the machines reach
   * it on the network's gateway: two processes serve the same files, which is better than listening
   * to all the world.
   */
  private void startRegistry(Path repository) throws IOException, InterruptedException {
    Path configuration =
        repository.resolve("src/test/resources/dev/slipway/rehearsal/images/registry/config.yml");
    for (String address : List.of(network.loopback(), network.gateway())) {
      Path log = directory.resolve("registry-" + address + ".log");
      var builder =
          new ProcessBuilder(
              tools.program("registry").toString(), "serve", configuration.toString());
      builder.environment().put("REGISTRY_HTTP_ADDR", address + ":" + REGISTRY_PORT);
      builder
          .environment()
          .put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", home.resolve("registry").toString());
      Process process = children.start(builder, log);
      Ports.await(process, address, REGISTRY_PORT, log);
    }
  }

  /**
   * Makes what ./slipway bootstrap would: the bucket and the key of the state, and says so in the
   * environment.
   */
  public void makeStateBackend() {
    aws.rest(
        "s3",
        "PUT",
        "/" + bucket,
        Map.of("Content-Type", "application/xml"),
        Machines.utf8(BucketHandlers.location(region)));
    aws.rest(
        "s3",
        "PUT",
        "/" + bucket + "?versioning",
        Map.of("Content-Type", "application/xml"),
        Machines.utf8(
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Status>Enabled</Status></VersioningConfiguration>"));
    Map<String, Object> key =
        Values.map(
            aws.json("kms", "TrentService.CreateKey", Map.of("Description", "Pulumi's secrets"))
                .get("KeyMetadata"));
    aws.json(
        "kms",
        "TrentService.CreateAlias",
        Map.of("AliasName", STATE_KEY, "TargetKeyId", key.get("KeyId")));
    environment.put("PULUMI_BACKEND_URL", backendUrl());
  }

  // --- where things are
  // ----------------------------------------------------------------------------------------------

  /** The folder of this rehearsal, with its logs. */
  public Path directory() {
    return directory;
  }

  /** What the Pulumi CLI and the scripts need in their environment to work in this account. */
  public Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  /** This machine's address as the emulated machines see it. */
  public String gateway() {
    return network.gateway();
  }

  /** Where machines, and what runs in them, reach AWS's interfaces. */
  public String endpointOfMachines() {
    return "http://" + network.gateway() + ":" + endpoint.port();
  }

  /**
   * The container registry, which the machines take for a mirror of Docker Hub, as this machine
   * reaches it.
   */
  public String registry() {
    return network.loopback() + ":" + REGISTRY_PORT;
  }

  /** What the account's own registry is called in the names of images. */
  public String accountRegistry() {
    return ImageRegistryServer.name(region);
  }

  /** A builder of docker buildx, which is started when it is first asked for. */
  public String imageBuilder() {
    return builder.name();
  }

  /** The AMI by which a stack gets the emulated machine. */
  public String machineImage() {
    return IMAGE;
  }

  public String backendUrl() {
    return "s3://"
        + bucket
        + "?endpoint=http://127.0.0.1:"
        + endpoint.port()
        + "&s3ForcePathStyle=true&region="
        + region;
  }

  /** The bucket that ./slipway bootstrap makes unless it is told another name. */
  public String stateBucket() {
    return bucket;
  }

  public String secretsProvider() {
    return "awskms://" + STATE_KEY + "?region=" + region + "&awssdk=v2";
  }

  /** The ACME server's directory, for machines. */
  public String acmeDirectory() {
    return acme.url();
  }

  /** The root certificate to which the sites' certificates chain. */
  public Path acmeRoot() {
    return acme.root();
  }

  /**
   * The Pulumi project's folder, in which local commands run; {@code directory()/project} unless it
   * is said here.
   */
  public void project(Path folder) {
    commandProvider.directory(folder.toAbsolutePath());
  }

  /**
   * How long the ACME server's certificates last, if it is said before the server is first needed.
   */
  public void certificatesLast(Duration time) {
    acme.certificatesLast(time);
  }

  /**
   * A name that leads to the machines which are started from now on, as a public A record would.
   */
  public void serveName(String name) {
    machines.serveName(name);
  }

  // --- fleets, load balancers, databases and domains
  // -------------------------------------------------------------------------

  /** The certificate of the authority that signs for load balancers, databases and caches. */
  public Path authority() {
    return authority.file();
  }

  /**
   * Looks at the machines of all autoscaling groups, as the service does all the time: what is dead
   * is replaced.
   *
   * @return the ids of the new machines
   */
  public List<String> replaceDead() {
    return fleets.groups().replaceDead();
  }

  /** As if so much time had gone by for autoscaling groups. */
  public void pass(Duration time) {
    fleets.pass(time);
  }

  /**
   * The time of a schedule of EventBridge Scheduler has come.
   *
   * @param schedule a part of its name, which no other has
   * @return the ARN of the execution that it has started
   */
  public String fireSchedule(String schedule) {
    return events.fire(schedule);
  }

  /** What events should have started and could not, with the reason. */
  public List<String> undeliveredEvents() {
    return events.failures();
  }

  /** Where a port of the only load balancer really is, e.g. for curl's {@code --connect-to}. */
  public InetSocketAddress balancer(int port) {
    return balancers.address(port);
  }

  /** How the targets of the only load balancer are, as "id:port STATE". */
  public List<String> targets() {
    return balancers.targets();
  }

  /** A zone of Route 53 that was there before anybody looked, for a stack to adopt. */
  public String zone(String domain) {
    return domains.zone(domain);
  }

  /** A certificate that was there before anybody looked, for a stack to adopt. */
  public String certificate(String... names) {
    return domains.certificate(List.of(names));
  }

  /**
   * Starts a MariaDB outside of every host, whose master may do what that of RDS may.
   *
   * @param image its name on Docker Hub
   * @param address the name under which machines reach it
   * @param password the master's
   */
  public ExternalDatabase externalDatabase(String image, String address, String password) {
    String path = image.contains("/") ? image : "library/" + image;
    return new ExternalDatabase(appliances, registry() + "/" + path, address, password);
  }

  /**
   * Starts an API of somebody else, under its own name.
   *
   * @param name its name, e.g. {@code api.tavily.com}
   * @param header where the key is expected, e.g. {@code Authorization: Bearer {key}}
   * @param answer what it answers to whoever has the key, as JSON
   */
  public OutsideApi outsideApi(String name, String header, String answer) {
    return new OutsideApi(appliances, CADDY_IMAGE, name, header, answer);
  }

  /** What RDS's own administrator sees in a database. */
  public String query(String instance, String database, String sql) {
    return databases.query(instance, database, sql);
  }

  /** Has a database's machine fail, of which RDS starts no other. */
  public void failDatabase(String instance) {
    databases.fail(instance);
  }

  /** The end of that. */
  public void recoverDatabase(String instance) {
    databases.recover(instance);
  }

  /** What a database has logged. */
  public String databaseLog(String instance) {
    return databases.log(instance);
  }

  // --- what is in the account
  // ------------------------------------------------------------------------------------------

  /** The machines that are running, the oldest first. */
  public List<Machine> machines() {
    return machines.running();
  }

  public List<Volume> volumes() {
    return List.copyOf(machines.volumes());
  }

  public Faults faults() {
    return faults;
  }

  /**
   * An instance of another stack, stopped, which nothing but its id and tags is seen of: for those
   * who try to reach what isn't theirs.
   */
  public String otherInstance(Map<String, String> tags) {
    return machines.stranger(tags).id();
  }

  /** Every command that was sent, once for each machine. */
  public List<RunCommand> commands() {
    return commands.history();
  }

  /** The decrypted value of a parameter. */
  public String parameter(String name) {
    return Values.text(
        Values.map(
                aws.json(
                        "ssm",
                        "AmazonSSM.GetParameter",
                        Map.of("Name", name, "WithDecryption", true))
                    .get("Parameter"))
            .get("Value"));
  }

  /**
   * All that commands were given and printed, and all that is in the logs: nothing secret may be in
   * it.
   */
  public String commandText() {
    var text = new StringBuilder();
    for (RunCommand command : commands.history()) {
      text.append(command.document()).append(' ').append(command.parameters()).append('\n');
      text.append(command.output()).append(command.error()).append('\n');
    }
    for (Map<String, Object> group : logs("DescribeLogGroups", Map.of(), "logGroups")) {
      Map<String, Object> ofGroup = Map.of("logGroupName", group.get("logGroupName"));
      for (Map<String, Object> stream : logs("DescribeLogStreams", ofGroup, "logStreams")) {
        var request = new LinkedHashMap<>(ofGroup);
        request.put("logStreamName", stream.get("logStreamName"));
        request.put("startFromHead", true);
        for (Map<String, Object> event : events(request)) {
          text.append(event.get("message")).append('\n');
        }
      }
    }
    return text.toString();
  }

  private List<Map<String, Object>> logs(
      String operation, Map<String, Object> request, String list) {
    var all = new ArrayList<Map<String, Object>>();
    var page = new LinkedHashMap<>(request);
    while (true) {
      Map<String, Object> answer = aws.json("logs", "Logs_20140328." + operation, page);
      all.addAll(Values.maps(answer.get(list)));
      if (answer.get("nextToken") == null) {
        return all;
      }
      page.put("nextToken", answer.get("nextToken"));
    }
  }

  private List<Map<String, Object>> events(Map<String, Object> request) {
    var all = new ArrayList<Map<String, Object>>();
    var page = new LinkedHashMap<>(request);
    while (true) {
      Map<String, Object> answer = aws.json("logs", "Logs_20140328.GetLogEvents", page);
      List<Map<String, Object>> events = Values.maps(answer.get("events"));
      all.addAll(events);
      if (events.isEmpty() || answer.get("nextForwardToken").equals(page.get("nextToken"))) {
        return all;
      }
      page.put("nextToken", answer.get("nextForwardToken"));
    }
  }

  /**
   * The types that did here what they do in AWS: machines, volumes, and what moto serves to scripts
   * and hosts.
   */
  public List<String> emulatedForReal() {
    var types = new TreeSet<>(provider.real());
    types.add("command:local:Command");
    return List.copyOf(types);
  }

  /** The types that were no more than records here, checked but without an effect. */
  public List<String> recordsOnly() {
    return List.copyOf(new TreeSet<>(provider.records()));
  }

  /** What machines asked for and their roles don't allow, as "action on resource". */
  public List<String> denials() {
    return authorization.denials();
  }

  /**
   * Whose credentials the local commands of the program use from now on, as those of whoever calls
   * the engine; none is the account's owner.
   */
  public void commandsAs(Map<String, String> credentials) {
    commandProvider.credentials(credentials);
  }

  /** What sessions asked for and their roles don't allow, as "action on resource". */
  public List<String> sessionDenials() {
    return authorization.sessionDenials();
  }

  /** GitHub's issuer of tokens, which AWS trusts where the account has a provider for it. */
  public TokenIssuer gitHub() {
    return gitHub;
  }

  /** Takes all down; it can be called again, and from a shutdown hook. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (machines != null) {
      machines.end();
    }
    // First whoever still works on it: an engine, a script, and what these have started.
    endDescendants();
    for (int i = open.size() - 1; i >= 0; i--) {
      try {
        open.get(i).close();
      } catch (Exception e) {
        System.err.println("rehearsal: while cleaning up: " + e);
      }
    }
    endDescendants();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The machine that runs this program is shutting down: it is the hook that called.
    }
  }

  /** Parents first, so that they start no more; again until there are none. */
  private static void endDescendants() {
    Instant limit = Instant.now().plusSeconds(5);
    List<ProcessHandle> left;
    do {
      left = ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).toList();
      left.forEach(ProcessHandle::destroyForcibly);
    } while (!left.isEmpty() && Instant.now().isBefore(limit));
  }
}
