# One Worker with a class of Durable Objects that use SQL, stored on disk.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .todo),
    # Where objects are stored; the command line says which directory it is.
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const todo :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-17",
  # The key is part of every id: another key is another namespace.
  durableObjectNamespaces = [(className = "List", uniqueKey = "sample-todo", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "LISTS", durableObjectNamespace = "List")],
);
