# Headers: normalization, combination, iteration, guards.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "headers",
    worker = (
      modules = [(name = "headers.js", esModule = embed "headers.js")],
      bindings = [(name = "SELF", service = "headers")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
