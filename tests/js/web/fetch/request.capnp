# Request: construction, cloning, what is inherited from another request.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "request",
    worker = (
      modules = [(name = "request.js", esModule = embed "request.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
