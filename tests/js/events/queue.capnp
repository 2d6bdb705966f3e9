# queue() handlers, reached over service bindings.
# dates: 2024-01-01 newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "queue",
      worker = (
        modules = [(name = "queue.js", esModule = embed "queue.js")],
        compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers"],
        bindings = [
          (name = "consumer", service = (name = "queue", entrypoint = "consumer")),
          (name = "Class", service = (name = "queue", entrypoint = "Class")),
          (name = "none", service = (name = "queue", entrypoint = "none")),
          (name = "hasty", service = "hasty"),
          (name = "script", service = "script"),
        ],
      ),
    ),
    (
      name = "hasty",
      worker = (
        modules = [(name = "hasty.js", esModule =
          "export default { queue(batch, env, ctx) { ctx.waitUntil(Promise.reject(new Error('in the background'))); } };")],
        compatibilityFlags = ["queue_consumer_no_wait_for_wait_until"],
      ),
    ),
    (name = "script", worker = (serviceWorkerScript =
      "addEventListener('queue', (event) => { if (event.messages[0].body === event.queue) event.ackAll(); });")),
  ],
);
