# What references keep: the events and objects that they lead to, and those that hold them.
# loops: 4

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "held",
    worker = (
      modules = [(name = "held.js", esModule = embed "held.js")],
      compatibilityFlags = ["nodejs_compat", "unsafe_module", "rpc", "enable_ctx_exports"],
      durableObjectNamespaces = [(className = "Keeper", uniqueKey = "keeper"), (className = "Log", uniqueKey = "log")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "LOADER", workerLoader = ())],
    ),
  )],
);
