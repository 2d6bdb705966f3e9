using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-inspector",
      worker = (
        modules = [(name = "inspector.js", esModule = embed "inspector.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat", "experimental", "enable_nodejs_inspector_local_dev"],
      )
    ),
  ],
);
