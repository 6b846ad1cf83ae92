# Caddy's configuration, from the settings. $live is the link to the socket of the color that serves.
# https://caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy/
(.service.requestSeconds // 30) as $seconds
| {
    admin: {listen: "unix/\($admin)", config: {persist: false}},
    logging: {logs: {default: {level: "WARN"}}},
    apps: {http: {
      grace_period: "\($seconds)s",
      servers: {service: {
        listen: [":\(.service.port)"],
        automatic_https: {disable: true},
        routes: [{handle: [{
          handler: "reverse_proxy",
          upstreams: [{dial: "unix/\($live)"}],
          # A color that is being started again is waited for. Only what was never sent is sent again.
          load_balancing: {try_duration: "\($seconds)s", try_interval: "50ms"},
          # A connection for each request: one that is kept would lead to the former color, and a request on one that the
          # other side is just closing would be lost.
          transport: {protocol: "http", dial_timeout: "3s", keep_alive: {enabled: false}},
          # A balancer, which is in this network, says who the visitor is and that they came by HTTPS.
          trusted_proxies: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        }]}]
      }}
    }}
  }
