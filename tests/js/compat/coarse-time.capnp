# Clocks that move every three milliseconds.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "coarse-time",
    worker = (
      modules = [(name = "coarse-time.js", esModule = embed "coarse-time.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "precise_timers", "experimental"],
    ),
  )],
);
