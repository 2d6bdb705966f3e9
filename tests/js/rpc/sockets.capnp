# Raw connections as values of remote calls: within the process, and over a connection.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "sockets",
    worker = (
      modules = [(name = "sockets.js", esModule = embed "sockets.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "FAR", service = "far"),
        (name = "NEAR", service = (name = "sockets", entrypoint = "Interceptor")),
        (name = "BACKEND", service = (name = "sockets", entrypoint = "Backend")),
      ],
    ),
  ), (
    name = "far",
    external = (address = "loopback:interceptor", http = (capnpConnectHost = "calls")),
  )],
  sockets = [(
    name = "interceptor",
    address = "loopback:interceptor",
    service = (name = "sockets", entrypoint = "Interceptor"),
    http = (capnpConnectHost = "calls"),
  )],
  autogates = ["workerd-autogate-socket-rpc-transfer"],
);
