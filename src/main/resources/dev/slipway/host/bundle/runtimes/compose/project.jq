# What an override cannot take out of upstream's files.

# Whoever has Docker's socket, or containerd's, has the host, by whatever path it goes in and under whatever name it comes
# out: itself, a folder that it is in, or a volume or secret made of either.
def plain_path: gsub("/(\\.?/)+"; "/") | sub("/\\.?$"; "");
def is_socket: test("(^|/)(docker|containerd)\\.sock$");
def holds_socket: IN("", "/run", "/var", "/var/run", "/run/containerd", "/var/run/containerd");
def leads_to_docker($project):
  [(if .type == "volume" then $project.volumes[.source // ""].driver_opts.device? else .source end) // empty | select(. != "") | plain_path | is_socket or holds_socket]
  + [.target // empty | plain_path | is_socket] | any;
def has_docker($project):
  any(.volumes[]?; leads_to_docker($project))
  or any(.secrets[]?; {source: $project.secrets[.source // ""].file?, target} | leads_to_docker($project))
  or any(.configs[]?; {source: $project.configs[.source // ""].file?, target} | leads_to_docker($project));
def ends_tls: [.command[]? | ascii_downcase | startswith("--entrypoints.websecure.")] | any;

# Whatever depends on the configurator is stopped by Compose while that runs, which takes half a minute. It writes what
# hardly ever changes: bench_configure runs it when it does, and nothing else waits for it.
(.services[] | select(.depends_on.configurator?)) |= del(.depends_on.configurator)
| (.services[] | select(.depends_on == {})) |= del(.depends_on)
| if .services.configurator then .services.configurator.profiles = ["configure"] else . end

# The proxy that ends TLS has its routes from a file (https.sh) and does without Docker. One without TLS still asks it for
# its routes. Any other that would have it is named, and render_check refuses it.
| . as $project
| if .services.proxy.volumes and (.services.proxy | ends_tls) then
    .services.proxy.volumes |= map(select(leads_to_docker($project) | not))
  else . end
| [.services | to_entries[] | select(.key != "proxy" or (.value | ends_tls)) | select(.value | has_docker($project)) | .key] as $named
| if $named == [] then . else .["x-has-docker"] = $named end
