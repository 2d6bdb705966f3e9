# Streams as bodies of requests and responses.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "bodies",
    worker = (
      modules = [(name = "bodies.js", esModule = embed "bodies.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
