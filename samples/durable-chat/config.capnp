# One Worker with a class of Durable Objects that keep nothing on disk.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .chat)],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const chat :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [(className = "Room", uniqueKey = "sample-chat")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "ROOMS", durableObjectNamespace = "Room")],
);
