using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "main",
    worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "cases.mjs", esModule = embed "cases.mjs"),
      ],
      compatibilityDate = "2026-08-01",
    ),
  )],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
