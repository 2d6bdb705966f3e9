using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-net",
      worker = (
        modules = [(name = "net.js", esModule = embed "net.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat", "experimental"],
        globalOutbound = "server",
      )
    ),
    ( name = "server",
      worker = (
        modules = [(name = "net_server.js", esModule = embed "net_server.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat", "experimental"],
      )
    ),
    ( name = "node-net-network",
      worker = (
        modules = [(name = "net_network.js", esModule = embed "net_network.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
        globalOutbound = "network",
      )
    ),
    ( name = "network", network = (allow = ["private"]) ),
  ],
);
