# Queue bindings: what the service behind them is asked, and what becomes of its answers.
# dates: 2022-01-01 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "queue",
    worker = (
      modules = [(name = "queue.js", esModule = embed "queue.js")],
      compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers", "capture_async_api_throws"],
      bindings = [
        (name = "QUEUE", queue = "queue"),
        (name = "NAMED", queue = (name = "queue", entrypoint = "Named")),
        (name = "SELF", service = "queue"),
      ],
    ),
  )],
);
