# One Worker with a class of Durable Objects, stored on disk.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .counter),
    # Where objects are stored; the command line says which directory it is.
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const counter :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-17",
  # The key is part of every id: another key is another namespace.
  durableObjectNamespaces = [(className = "Counter", uniqueKey = "sample-counter", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "COUNTERS", durableObjectNamespace = "Counter")],
);
