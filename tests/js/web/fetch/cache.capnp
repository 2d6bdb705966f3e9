# The cache option and what cf says of caching, and the flag that leaves the rules for caches to the header.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "cache",
      worker = (
        modules = [(name = "cache.js", esModule = embed "cache.js")],
        bindings = [(name = "SELF", service = "cache")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat", "cache_no_cache_enabled"],
      ),
    ),
    (
      name = "preserving",
      worker = (
        modules = [(name = "preserving.js", esModule = embed "preserving.js")],
        bindings = [(name = "CACHE", service = "cache")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat", "cache_option_preserves_cache_control"],
      ),
    ),
  ],
);
