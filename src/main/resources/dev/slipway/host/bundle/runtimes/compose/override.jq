# From what Compose resolved of upstream's files, the override that is ours: which image, for which platform,
# built or pulled by us and not by Compose.
# Arguments: image (reference), platform (linux/amd64 or linux/arm64), build (a build section, or null).

def is_app: any(.volumes[]?; .target == "/home/frappe/frappe-bench/sites");

{
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
            # Upstream's entry point leaves nginx behind a shell that hears no signal: waiting for it is in vain.
            + (if ((.value.command // []) | tostring | contains("nginx-entrypoint.sh")) then {stop_grace_period: "1s"} else {} end)
            # As first process of its container neither Node nor `bench schedule` ends when told to; nothing is lost with
            # them. A worker ends with the job that it has.
            + (if (.value.command | tostring | test("socketio\\.js|bench\\W+schedule")) then {stop_grace_period: "1s"} else {} end)
            + (if (.value.command | tostring | test("bench\\W+worker")) then {stop_grace_period: "90s"} else {} end)
            # A database that is stopped in the middle of a flush recovers, but slowly.
            + (if $name == "db" then {stop_grace_period: "2m"} else {} end)
          )
      )
    | with_entries(select(.value != {}))
  )
}
