# A Worker in TypeScript: the flag makes the runtime erase the types when it loads the module.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .helloWorld)],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const helloWorld :Workerd.Worker = (
  modules = [(name = "worker.ts", esModule = embed "worker.ts")],
  compatibilityDate = "2026-11-17",
  compatibilityFlags = ["typescript_strip_types"],
);
