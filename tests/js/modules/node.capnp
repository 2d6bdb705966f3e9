# Builtin modules under both of their names.
# dates: newest 2024-09-23

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "node",
    worker = (
      modules = [(name = "node.js", esModule = embed "node.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
