# Worker loaders: code that a Worker has at run time, as Workers of their own.
# dates: 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "loader",
    worker = (
      modules = [(name = "worker-loader.js", esModule = embed "worker-loader.js")],
      compatibilityFlags = ["nodejs_compat", "experimental"],
      bindings = [
        (name = "LOADER", workerLoader = ()),
        (name = "SHARED", workerLoader = (id = "shared")),
        (name = "ALSO_SHARED", workerLoader = (id = "shared")),
        (name = "SELF", service = "loader"),
      ],
      globalOutbound = "loader",
    ),
  )],
);
