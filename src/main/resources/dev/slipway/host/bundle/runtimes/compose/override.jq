# From what Compose resolved of upstream's files, the override that is ours: which image, for which platform,
# built or pulled by us and not by Compose.
# Arguments: image (reference), platform (linux/amd64 or linux/arm64), build (a build section, or null), and uploadSeconds,
# how long a visitor may take to send a request.

def is_app: any(.volumes[]?; .target == "/home/frappe/frappe-bench/sites");

# Traefik breaks off what takes longer than 60 s to be sent. One flag an entry point, unless upstream comes to have one.
# https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/
def read_timeouts($seconds):
  . as $command
  | [.[] | capture("^--entrypoints\\.(?<name>[^.=]+)\\.address="; "i").name
    | "--entryPoints.\(.).transport.respondingTimeouts.readTimeout" as $flag
    | select(any($command[]; ascii_downcase | startswith(($flag | ascii_downcase) + "=")) | not)
    | "\($flag)=\($seconds)s"];
def is_proxy: (.command | type) == "array" and any(.command[]; type == "string" and test("^--entrypoints\\.[^.=]+\\.address="; "i"));

# How long nginx waits for an answer, or gunicorn for a worker: no visitor waits longer. Of its own accord gunicorn gives
# requests 30 s when it replaces its workers. https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout
def seconds: (. // "" | tostring | (capture("^(?<n>[0-9]+)s?$").n // "120") | tonumber) // 120;
def answer_seconds: [(.services.frontend.environment.PROXY_READ_TIMEOUT | seconds), (.services.backend.environment.GUNICORN_TIMEOUT | seconds)] | max;

answer_seconds as $answer
| {
  services: (
    .services
    | with_entries(
        .key as $name
        | (.value | is_app) as $app
        | .value = (
            # Upstream pins every application service to amd64; images of ours are checked against the host.
            (if $app or (.value.platform // "") != "" then {platform: $platform} else {} end)
            + (if $app then {image: $image, pull_policy: (if $build then "never" else "missing" end)} else {} end)
            + (if $app and $build and $name == "backend" then {build: $build} else {} end)
            # As first process of its container neither Node, nor `bench schedule`, nor the shell of upstream's entry point
            # before nginx ends when told to. A release would wait for them in vain, and so would a machine that is shut
            # down: Docker leaves containers running when it is stopped (live-restore), and systemd kills what takes no
            # signal after 90 s. Behind an init they end, and nothing is lost with them.
            + (if (.value.command // []) | tostring | test("nginx-entrypoint\\.sh|socketio\\.js|bench\\W+schedule") then {init: true} else {} end)
            # A worker ends with the job that it has.
            + (if (.value.command | tostring | test("bench\\W+worker")) then {stop_grace_period: "90s"} else {} end)
            + (if $app and $name == "backend" then
                {environment: {GUNICORN_CMD_ARGS: ([.value.environment.GUNICORN_CMD_ARGS // empty, "--graceful-timeout=\($answer)"] | join(" "))}}
              else {} end)
            + (if (.value | is_proxy) then {command: (.value.command + (.value.command | read_timeouts($ARGS.named.uploadSeconds // 600)))} else {} end)
            # A database that is stopped in the middle of a flush recovers, but slowly.
            + (if $name == "db" then {stop_grace_period: "2m"} else {} end)
          )
      )
    | with_entries(select(.value != {}))
  )
}
