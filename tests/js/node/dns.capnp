using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-dns",
      worker = (
        modules = [(name = "dns.js", esModule = embed "dns.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
        globalOutbound = "resolver",
      )
    ),
    ( name = "resolver",
      worker = (
        modules = [(name = "dns_resolver.js", esModule = embed "dns_resolver.js")],
        compatibilityDate = "2026-08-01",
      )
    ),
  ],
);
