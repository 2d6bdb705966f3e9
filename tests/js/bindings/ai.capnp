# Workers AI and browser rendering: wrapped bindings around a service.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "ai",
      worker = (
        modules = [(name = "ai", esModule = embed "ai.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "ai", wrapped = (
            moduleName = "cloudflare-internal:ai-api",
            innerBindings = [(name = "fetcher", service = "models")],
          )),
          (name = "browser", wrapped = (
            moduleName = "cloudflare-internal:br-api",
            innerBindings = [(name = "fetcher", service = "models")],
          )),
        ],
      )
    ),
    ( name = "models",
      worker = (
        modules = [(name = "models", esModule = embed "ai-service.js")],
        compatibilityFlags = ["rpc"],
      )
    ),
  ],
);
