# Remote calls between events of one Worker: what they share, and how long each of them lasts.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "events",
    worker = (
      modules = [(name = "events.js", esModule = embed "events.js")],
      compatibilityDate = "2024-01-01",
      compatibilityFlags = ["nodejs_compat", "rpc", "experimental"],
      bindings = [
        (name = "RPC", service = (name = "events", entrypoint = "Receiver")),
        (name = "OBJECTS", durableObjectNamespace = "Objects"),
      ],
      durableObjectNamespaces = [(className = "Objects", uniqueKey = "objects")],
      durableObjectStorage = (inMemory = void),
    ),
  )],
);
