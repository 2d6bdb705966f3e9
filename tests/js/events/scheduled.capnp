# scheduled() handlers, reached over service bindings.
# dates: 2024-01-01 newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "scheduled",
      worker = (
        modules = [(name = "scheduled.js", esModule = embed "scheduled.js")],
        compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers"],
        bindings = [
          (name = "handler", service = (name = "scheduled", entrypoint = "handler")),
          (name = "Class", service = (name = "scheduled", entrypoint = "Class")),
          (name = "none", service = (name = "scheduled", entrypoint = "none")),
          (name = "script", service = "script"),
          (name = "silent", service = "silent"),
          (name = "network", service = "internet"),
        ],
      ),
    ),
    (name = "script", worker = (serviceWorkerScript = embed "scheduled-script.js")),
    (name = "silent", worker = (serviceWorkerScript = "addEventListener('fetch', () => {});")),
  ],
);
