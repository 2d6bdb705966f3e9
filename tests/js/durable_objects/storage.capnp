# Storage of Durable Objects: keys and values, SQL, transactions, bookmarks, of all kinds.
# disk
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "storage", worker = (
      modules = [(name = "storage.js", esModule = embed "storage.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "enable_ctx_exports", "durable_object_snapshots"],
      durableObjectNamespaces = [
        (className = "Keys", uniqueKey = "keys", enableSql = true),
        (className = "Sql", uniqueKey = "sql", enableSql = true),
        (className = "Plain", uniqueKey = "plain"),
      ],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "KEYS", durableObjectNamespace = "Keys"),
        (name = "SQL", durableObjectNamespace = "Sql"),
        (name = "PLAIN", durableObjectNamespace = "Plain"),
        (name = "MEMORY", durableObjectNamespace = (serviceName = "memory", className = "Memory")),
      ],
    )),
    (name = "memory", worker = (
      modules = [(name = "storage.js", esModule = embed "storage.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [(className = "Memory", uniqueKey = "memory")],
      durableObjectStorage = (inMemory = void),
    )),
    (name = "disk", disk = (writable = true)),
  ],
);
