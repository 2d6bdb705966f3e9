# Facets: objects within an object, made of classes that are bindings or the Worker's own.
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "facets",
    worker = (
      modules = [(name = "facets.js", esModule = embed "facets.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "enable_ctx_exports"],
      durableObjectNamespaces = [(className = "Root", uniqueKey = "root"), (className = "Own", uniqueKey = "own")],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "ROOT", durableObjectNamespace = "Root"),
        (name = "COUNTER", durableObjectClass = (name = "facets", entrypoint = "Counter", props = (json = "{\"from\": \"config\"}"))),
      ],
    ),
  )],
);
