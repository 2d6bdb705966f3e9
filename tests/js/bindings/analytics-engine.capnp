# Data points that a Worker writes, as the service behind the binding gets them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "analytics-engine",
      worker = (
        modules = [(name = "analytics-engine", esModule = embed "analytics-engine.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "engine", analyticsEngine = "points"),
          (name = "points", service = "points"),
        ],
      )
    ),
    ( name = "points",
      worker = (modules = [(name = "points", esModule = embed "analytics-engine-service.js")])
    ),
  ],
);
