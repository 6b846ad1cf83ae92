# What an override cannot take out of upstream's files.

# Whatever depends on the configurator is stopped by Compose while that runs, which takes half a minute. It writes what
# hardly ever changes: bench_configure runs it when it does, and nothing else waits for it.
(.services[] | select(.depends_on.configurator?)) |= del(.depends_on.configurator)
| (.services[] | select(.depends_on == {})) |= del(.depends_on)
| if .services.configurator then .services.configurator.profiles = ["configure"] else . end

# The proxy that ends TLS has its routes from a file (https.sh): whoever takes it over is not to have Docker, and so the
# host. One without TLS still asks Docker for its routes.
| if ([.services.proxy.command[]? | ascii_downcase | startswith("--entrypoints.websecure.")] | any) and .services.proxy.volumes then
    .services.proxy.volumes |= map(select((.source // "") | test("(^|/)docker\\.sock$") | not))
  else . end
