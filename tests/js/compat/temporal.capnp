# Temporal, which Workers have by its flag alone, also beside others that have it.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "with",
      worker = (
        modules = [(name = "temporal", esModule = embed "temporal.js")],
        compatibilityFlags = ["nodejs_compat", "temporal"],
      )
    ),
    ( name = "without",
      worker = (
        modules = [(name = "temporal", esModule = embed "temporal.js")],
        compatibilityFlags = ["nodejs_compat", "no_temporal"],
      )
    ),
  ],
);
