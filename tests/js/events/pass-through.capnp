# passThroughOnException(): what a handler fails to answer goes to the Worker's outbound service.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "pass-through",
      worker = (
        modules = [(name = "pass-through.js", esModule = embed "pass-through.js")],
        bindings = [
          (name = "MODULE", service = (name = "pass-through", entrypoint = "Failing")),
          (name = "CLASS", service = (name = "pass-through", entrypoint = "FailingClass")),
          (name = "SCRIPT", service = "script"),
        ],
        compatibilityFlags = ["nodejs_compat"],
        globalOutbound = (name = "pass-through", entrypoint = "Outbound"),
      ),
    ),
    (
      name = "script",
      worker = (
        serviceWorkerScript = embed "pass-through-script.js",
        globalOutbound = (name = "pass-through", entrypoint = "Outbound"),
      ),
    ),
  ],
);
