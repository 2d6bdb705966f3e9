# URLs without a host, which fetch() of a Durable Object once took.
# dates: 2021-01-01
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "relative",
    worker = (
      modules = [(name = "relative.js", esModule = embed "relative.js")],
      compatibilityFlags = ["nodejs_compat"],
      durableObjectNamespaces = [(className = "Echo", uniqueKey = "echo")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "ECHO", durableObjectNamespace = "Echo")],
    ),
  )],
);
