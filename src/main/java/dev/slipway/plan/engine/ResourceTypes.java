package dev.slipway.plan.engine;

import com.pulumi.core.annotations.Export;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.ResourceArgs;
import dev.slipway.core.Suggestion;
import dev.slipway.plan.graph.ResourceNames;
import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;

/**
 * The types of resources that the providers on the class path offer, read from their SDK's own
 * classes: inputs from the args classes, outputs from the resource classes. Whoever stands in for a
 * provider asks here, so that the unit tests, the plan and the rehearsal refuse the same mistakes.
 *
 * <pre>{@code
 * var vpc = ResourceTypes.of("aws:ec2/vpc:Vpc");
 * vpc.problems(Map.of("cidr", "10.0.0.0/16")); // cidr: is not an input of aws:ec2/vpc:Vpc; did you mean "cidrBlock"?
 * }</pre>
 */
public final class ResourceTypes {

  private static final Pattern TOKEN =
      Pattern.compile("([a-z][a-z0-9-]*):([A-Za-z0-9-]+)(?:/([A-Za-z0-9]+))?:([A-Za-z0-9]+)");
  private static final Map<String, ResourceType> KNOWN = new ConcurrentHashMap<>();

  private ResourceTypes() {}

  /**
   * The type with this token.
   *
   * @throws UnknownResourceTypeException when no provider on the class path has it
   */
  public static ResourceType of(String token) {
    var known = KNOWN.get(token);
    if (known == null) {
      known = new SdkType(token, resourceClass(token));
      KNOWN.put(token, known);
    }
    return known;
  }

  private static Class<?> resourceClass(String token) {
    var matcher = TOKEN.matcher(token);
    if (matcher.matches()) {
      var name = className(matcher.group(1), matcher.group(2), matcher.group(4));
      try {
        var found = Class.forName(name, false, ResourceTypes.class.getClassLoader());
        if (token.equals(typeOf(found))) {
          return found;
        }
      } catch (ClassNotFoundException | LinkageError missing) {
        throw unknown(
            token, matcher.group(1).equals("pulumi") ? matcher.group(4) : matcher.group(1));
      }
      throw unknown(token, matcher.group(1));
    }
    throw new UnknownResourceTypeException(
        "\"" + token + "\" is not a type token like aws:ec2/vpc:Vpc");
  }

  private static String className(String provider, String module, String type) {
    if (provider.equals("pulumi") && module.equals("providers")) {
      return "com.pulumi." + type + ".Provider";
    }
    return "com.pulumi."
        + provider
        + "."
        + (module.equals("index") ? "" : module.toLowerCase(java.util.Locale.ROOT) + ".")
        + type;
  }

  private static String typeOf(Class<?> resource) {
    var annotation = resource.getAnnotation(com.pulumi.core.annotations.ResourceType.class);
    return annotation == null ? null : annotation.type();
  }

  private static UnknownResourceTypeException unknown(String token, String provider) {
    var message =
        new StringBuilder("\"" + token + "\" is not a type that the SDKs on the class path know");
    var tokens = new TreeSet<String>();
    var wanted = token.substring(token.lastIndexOf(':') + 1);
    var candidates = resourceClasses(provider);
    Suggestion.closest(wanted, candidates.keySet())
        .ifPresent(
            near -> {
              for (var name : candidates.get(near)) {
                try {
                  var type =
                      typeOf(Class.forName(name, false, ResourceTypes.class.getClassLoader()));
                  if (type != null) {
                    tokens.add(type);
                  }
                } catch (ClassNotFoundException | LinkageError gone) {
                  // A class that cannot be loaded is no suggestion.
                }
              }
            });
    Suggestion.closest(token, tokens)
        .or(() -> tokens.stream().findFirst())
        .ifPresent(near -> message.append("; did you mean \"").append(near).append("\"?"));
    return new UnknownResourceTypeException(message.toString());
  }

  /** Simple names of the provider's resource classes, each with the classes of that name. */
  private static Map<String, List<String>> resourceClasses(String provider) {
    var folder = "com/pulumi/" + provider + "/";
    Predicate<String> resource =
        name ->
            name.startsWith(folder)
                && name.endsWith("Args.class")
                && !name.contains("$")
                && !name.contains("/inputs/");
    var names = new ArrayList<String>();
    try {
      for (var url : Collections.list(ResourceTypes.class.getClassLoader().getResources(folder))) {
        if (url.openConnection() instanceof JarURLConnection jar) {
          jar.getJarFile().stream().map(ZipEntry::getName).filter(resource).forEach(names::add);
        } else {
          var path = Path.of(url.toURI());
          try (var files = Files.walk(path)) {
            files
                .map(
                    file ->
                        folder + path.relativize(file).toString().replace(File.separatorChar, '/'))
                .filter(resource)
                .forEach(names::add);
          }
        }
      }
    } catch (IOException | URISyntaxException unreadable) {
      throw new IllegalStateException("cannot list the classes in " + folder, unreadable);
    }
    return names.stream()
        .map(name -> name.substring(0, name.length() - "Args.class".length()).replace('/', '.'))
        .collect(Collectors.groupingBy(name -> name.substring(name.lastIndexOf('.') + 1)));
  }

  /** A type read from its resource class and its args class. */
  private static final class SdkType implements ResourceType {
    private final String token;
    private final Map<String, TypeSchema.Field> inputs;
    private final Map<String, Class<?>> outputs = new LinkedHashMap<>();

    SdkType(String token, Class<?> resource) {
      this.token = token;
      this.inputs = Collections.unmodifiableMap(TypeSchema.fields(argsOf(resource)));
      for (Class<?> type = resource;
          type != null && type != CustomResource.class;
          type = type.getSuperclass()) {
        for (var field : type.getDeclaredFields()) {
          var output = field.getAnnotation(Export.class);
          if (output != null) {
            outputs.put(output.name(), output.refs().length == 0 ? Object.class : output.refs()[0]);
          }
        }
      }
    }

    private static Class<?> argsOf(Class<?> resource) {
      return Arrays.stream(resource.getConstructors())
          .map(java.lang.reflect.Constructor::getParameterTypes)
          .filter(types -> types.length == 3 && types[2] == CustomResourceOptions.class)
          .map(types -> types[1])
          .filter(ResourceArgs.class::isAssignableFrom)
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      resource.getName() + " has no constructor that takes arguments"));
    }

    @Override
    public String token() {
      return token;
    }

    @Override
    public Set<String> inputs() {
      return inputs.keySet();
    }

    @Override
    public Set<String> required() {
      return inputs.keySet().stream()
          .filter(name -> inputs.get(name).required())
          .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public Set<String> outputs() {
      return Collections.unmodifiableSet(outputs.keySet());
    }

    @Override
    public List<String> problems(Map<String, Object> given) {
      var problems = new ArrayList<String>();
      new TypeSchema.Fields(token, inputs).check("", given, problems);
      return problems;
    }

    @Override
    public Map<String, Object> computed(
        String name, Map<String, Object> given, ResourceNames names) {
      return ComputedValues.of(this, outputs, name, given, names);
    }
  }
}
