# workerdDebugPort: the Workers and objects of this process, as its debug port offers them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "debug-port",
    worker = (
      modules = [(name = "debug-port.js", esModule = embed "debug-port.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "experimental"],
      durableObjectNamespaces = [(className = "Counter", uniqueKey = "counter")],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "PORT", workerdDebugPort = void),
        (name = "COUNTER", durableObjectNamespace = "Counter"),
      ],
    ),
  )],
);
