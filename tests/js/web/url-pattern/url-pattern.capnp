# URLPattern, in the edition of the standard and in the one before it.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "standard",
      worker = (
        modules = [(name = "standard.js", esModule = embed "standard.js")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
    (
      name = "original",
      worker = (
        modules = [(name = "original.js", esModule = embed "original.js")],
        compatibilityDate = "2025-01-01",
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
  ],
);
