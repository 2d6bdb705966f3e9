# workerd:unsafe: all objects are broken, deleted or let go of.
# disk
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "unsafe",
    worker = (
      modules = [(name = "unsafe.js", esModule = embed "unsafe.js")],
      compatibilityFlags = ["nodejs_compat", "unsafe_module", "rpc", "enable_ctx_exports"],
      durableObjectNamespaces = [
        (className = "Counter", uniqueKey = "counter"),
        (className = "Kept", uniqueKey = "kept", preventEviction = true),
        (className = "Fleeting", ephemeralLocal = void),
      ],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "COUNTER", durableObjectNamespace = "Counter"),
        (name = "KEPT", durableObjectNamespace = "Kept"),
        (name = "FLEETING", durableObjectNamespace = "Fleeting"),
        (name = "SELF", service = "unsafe"),
      ],
    ),
  ), (name = "disk", disk = (writable = true))],
);
