# One Worker with a class of Durable Objects that are called.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .shop)],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const shop :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [(className = "Article", uniqueKey = "sample-shop")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "ARTICLES", durableObjectNamespace = "Article")],
);
