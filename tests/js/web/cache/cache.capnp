# The Cache API: the requests that it makes, and what it makes of the answers.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "cache",
      worker = (
        modules = [(name = "cache.js", esModule = embed "cache.js")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat"],
        bindings = [(name = "log", service = "backend")],
        cacheApiOutbound = "backend",
      ),
    ),
    (
      name = "no-cache",
      worker = (
        modules = [(name = "no-cache.js", esModule = embed "no-cache.js")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
    (
      name = "backend",
      worker = (
        modules = [(name = "backend.js", esModule = embed "backend.js")],
        compatibilityDate = "2026-01-01",
      ),
    ),
  ],
);
