# The service of Compose by which a container of an app is made. $words is what it runs, $more what is only this container's.
def mounted($from; $to): {type: "bind", source: $from, target: $to, read_only: true, bind: {create_host_path: false}};
.[$app] as $spec
| {
    container_name: $name,
    hostname: $app,
    image: $spec.image,
    # What is secret comes by a file in memory, and is in the environment of the program alone.
    entrypoint: ["/bin/sh"],
    command: (["/run/slipway/entrypoint.sh"] + $words),
    environment: (($spec.environment // {}) + ($spec.bucketNames // {})
      # Whoever has no role of its own there has none: the host's is not asked for.
      + (if $spec.role then {AWS_CONFIG_FILE: "/run/slipway/aws/config", AWS_EC2_METADATA_DISABLED: "true",
          AWS_REGION: $region, AWS_DEFAULT_REGION: $region} else {} end)
      + (if $spec.urlVariable then {($spec.urlVariable): $spec.url} else {} end)
      + (if $authorities == "" then {} else {NODE_EXTRA_CA_CERTS: "/run/slipway/authorities.pem"} end)),
    labels: {"slipway.spec": $hash},
    security_opt: ["no-new-privileges"],
    volumes: ([mounted($secrets; "/run/slipway/secrets"), mounted($entrypoint; "/run/slipway/entrypoint.sh")]
      + (if $spec.role then [mounted($credentials; "/run/slipway/aws")] else [] end)
      + (if $authorities == "" then [] else [mounted($authorities; "/run/slipway/authorities.pem")] end))
  }
+ (if $spec.memoryMiB then {mem_limit: "\($spec.memoryMiB)m", memswap_limit: "\($spec.memoryMiB)m"} else {} end)
# A log that cannot be delivered must not hold up the app.
+ (if $spec.logGroup then {logging: {driver: "awslogs", options: ({
    mode: "non-blocking", "max-buffer-size": "4m", "awslogs-region": $region, "awslogs-group": $spec.logGroup,
    "awslogs-stream": "\($host)/\($name | ltrimstr("slipway-"))"}
    + (if $endpoint == "" then {} else {"awslogs-endpoint": $endpoint} end))}} else {} end)
| . * $more
# Compose reads variables in every value.
| walk(if type == "string" then gsub("[$]"; "$$") else . end)
