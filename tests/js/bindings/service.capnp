# Service bindings: default and named entrypoints, props, errors, a Worker calling itself.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "service",
    worker = (
      modules = [(name = "service.js", esModule = embed "service.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "OTHER", service = "other"),
        (name = "NAMED", service = (name = "other", entrypoint = "Named", props = (json = "{\"who\": \"me\"}"))),
        (name = "PLAIN", service = (name = "other", entrypoint = "plain")),
        (name = "SELF", service = "service"),
      ],
    ),
  ), (
    name = "other",
    worker = (
      modules = [(name = "other.js", esModule = embed "other.js")],
      bindings = [(name = "BACK", service = "service")],
    ),
  )],
);
