# What sockets have with the experimental flag.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "experimental",
    worker = (
      modules = [(name = "experimental.js", esModule = embed "experimental.js")],
      compatibilityFlags = ["nodejs_compat", "experimental"],
      bindings = [(name = "ECHO", service = (name = "experimental", entrypoint = "Echo"))],
    ),
  )],
);
