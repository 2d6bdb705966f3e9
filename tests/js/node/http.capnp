using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-http",
      worker = (
        modules = [(name = "http.js", esModule = embed "http.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
        globalOutbound = "server",
      )
    ),
    ( name = "server",
      worker = (
        modules = [(name = "http_server.js", esModule = embed "http_server.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
    ( name = "node-http-off",
      worker = (
        modules = [(name = "http_off.js", esModule = embed "http_off.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat", "disable_nodejs_http_server_modules"],
      )
    ),
  ],
);
