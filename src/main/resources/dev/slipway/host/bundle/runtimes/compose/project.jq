# What an override cannot take out of upstream's files.

# Whatever depends on the configurator is stopped by Compose while that runs, which takes half a minute. It writes what
# hardly ever changes: bench_configure runs it when it does, and nothing else waits for it.
(.services[] | select(.depends_on.configurator?)) |= del(.depends_on.configurator)
| (.services[] | select(.depends_on == {})) |= del(.depends_on)
| if .services.configurator then .services.configurator.profiles = ["configure"] else . end
