# Tail Workers: what they hear of alarms, WebSockets that hibernate, the storage of Durable Objects, and requests to them.
# dates: 2026-01-01
# disk
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "disk", disk = (writable = true)),
    (
      name = "traced",
      worker = (
        modules = [(name = "traced.js", esModule = embed "tail-object-traced.js")],
        durableObjectNamespaces = [(className = "Keeper", uniqueKey = "keeper", enableSql = true)],
        durableObjectStorage = (localDisk = "disk"),
        bindings = [(name = "KEEPER", durableObjectNamespace = "Keeper")],
        streamingTails = ["listener"],
        tails = ["listener"],
      ),
    ),
    (
      name = "listener",
      worker = (
        modules = [(name = "listener.js", esModule = embed "tail-object.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [(name = "TRACED", service = "traced")],
      ),
    ),
  ],
);
