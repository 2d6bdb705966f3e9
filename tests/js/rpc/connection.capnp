# Remote calls over a connection: the service is reached through a socket of the same process.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "connection",
    worker = (
      modules = [
        (name = "connection.js", esModule = embed "connection.js"),
        (name = "connection-service.js", esModule = embed "connection-service.js"),
      ],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "enable_abortsignal_rpc", "enhanced_error_serialization"],
      bindings = [
        (name = "SERVICE", service = "far"),
        (name = "NONE", service = "not-configured"),
        (name = "LOCAL", service = (name = "connection", entrypoint = "Service")),
        (name = "OBJECTS", durableObjectNamespace = "Named"),
      ],
      durableObjectNamespaces = [(className = "Named", uniqueKey = "named")],
      durableObjectStorage = (inMemory = void),
    ),
  ), (
    name = "far",
    external = (address = "loopback:service", http = (capnpConnectHost = "calls")),
  ), (
    name = "not-configured",
    external = (address = "loopback:service", http = ()),
  )],
  sockets = [(
    name = "service",
    address = "loopback:service",
    service = (name = "connection", entrypoint = "Service"),
    http = (capnpConnectHost = "calls"),
  )],
);
