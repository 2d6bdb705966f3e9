# Promises that one event makes and another one waits for or settles.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "shared-promises",
      worker = (
        modules = [(name = "worker", esModule = embed "shared-promises.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "SELF", service = "shared-promises"),
          (name = "BACKEND", service = "backend"),
        ],
      ),
    ),
    (
      name = "backend",
      worker = (
        modules = [(name = "worker", esModule = "export default { async fetch(request) { await scheduler.wait(200); return new Response('slow'); } };")],
        compatibilityDate = "2026-08-01",
      ),
    ),
  ],
);
