# Caddy's configuration, from the settings: a server for each app's port. Where it sends a request is in a file, which it
# reads for each. https://caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy/
{
  admin: {disabled: true, config: {persist: false}},
  logging: {logs: {default: {level: "WARN"}}},
  apps: {http: {
    # For as long as the balancer's own pause before it stops asking a host.
    grace_period: "25s",
    servers: ((.apps | with_entries({
      key: .key,
      value: {
        listen: [":\(.value.hostPort)"],
        automatic_https: {disable: true},
        # The balancer, which is in this network, says who the visitor is and that they came by HTTPS.
        trusted_proxies: {source: "static", ranges: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]},
        routes: [{handle: [{
          handler: "reverse_proxy",
          upstreams: [{dial: "{file./etc/upstreams/\(.key)}"}],
          # A container that is being started again is waited for. Only what was never sent is sent again.
          load_balancing: {try_duration: "10s", try_interval: "100ms"},
          # Shorter than what Node keeps an idle connection open for, which is 5 s: a request on a connection that the
          # other side is just closing would be lost.
          transport: {protocol: "http", dial_timeout: "3s", keep_alive: {idle_timeout: "2s"}}
        }]}]
      }})) + {
      nobody: {
        listen: [$nobody],
        automatic_https: {disable: true},
        routes: [{handle: [{handler: "static_response", status_code: 503, body: "No release serves here yet.\n"}]}]
      }
    })
  }}
}
