# Response: construction, statuses, json(), redirect(), error().

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "response",
    worker = (
      modules = [(name = "response.js", esModule = embed "response.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
