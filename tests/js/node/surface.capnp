using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-surface",
      worker = (
        modules = [(name = "surface.js", esModule = embed "surface.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
    ( name = "node-surface-ended",
      worker = (
        modules = [(name = "surface_ended.js", esModule = embed "surface_ended.js")],
        compatibilityDate = "2024-09-23",
        compatibilityFlags = ["nodejs_compat", "remove_nodejs_compat_eol_v22", "remove_nodejs_compat_eol_v23"],
      )
    ),
  ],
);
