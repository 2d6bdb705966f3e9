# A Worker as another one's globalOutbound that lets raw connections pass to its own.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "pass-through",
    worker = (
      modules = [(name = "pass-through.js", esModule = embed "pass-through.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [(name = "FILTER", service = "filter")],
      globalOutbound = "filter",
    ),
  ), (
    name = "filter",
    worker = (
      modules = [(name = "filter.js", esModule = embed "pass-through-filter.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["connect_pass_through", "experimental"],
      globalOutbound = "echo",
    ),
  ), (
    name = "echo",
    worker = (
      modules = [(name = "echo.js", esModule = embed "pass-through-echo.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["experimental"],
    ),
  )],
);
