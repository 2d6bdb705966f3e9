# Exceptions of listeners, reported to the global scope.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "errors",
    worker = (
      modules = [(name = "errors.js", esModule = embed "errors.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
