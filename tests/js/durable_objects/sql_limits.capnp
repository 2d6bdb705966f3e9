# DELETE and UPDATE with ORDER BY and LIMIT.
# disk

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "sql_limits.js", esModule = embed "sql_limits.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [(className = "Rows", uniqueKey = "rows", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "ROWS", durableObjectNamespace = "Rows")],
    )),
    (name = "disk", disk = (writable = true)),
  ],
);
