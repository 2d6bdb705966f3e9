# The end of a cursor over rows, in both shapes of iterator results.
# disk

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "whole", worker = (
      modules = [(name = "cursor_end.js", esModule = embed "cursor_end.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "enable_fast_jsg_struct"],
      durableObjectNamespaces = [(className = "Rows", uniqueKey = "whole", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "ROWS", durableObjectNamespace = "Rows"),
        (name = "END", json = "[\"done\", \"value\"]"),
      ],
    )),
    (name = "short", worker = (
      modules = [(name = "cursor_end.js", esModule = embed "cursor_end.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "disable_fast_jsg_struct"],
      durableObjectNamespaces = [(className = "Rows", uniqueKey = "short", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "ROWS", durableObjectNamespace = "Rows"),
        (name = "END", json = "[\"done\"]"),
      ],
    )),
    (name = "disk", disk = (writable = true)),
  ],
);
