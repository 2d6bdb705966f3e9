# The signal of a request: aborts when the client goes before it has its answer.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "request-signal",
    worker = (
      modules = [(name = "request-signal.js", esModule = embed "request-signal.js")],
      compatibilityDate = "2026-11-01",
      compatibilityFlags = ["nodejs_compat", "enable_request_signal"],
      bindings = [(name = "SELF", service = "request-signal")],
    ),
  )],
);
