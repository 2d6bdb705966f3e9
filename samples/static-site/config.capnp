# A directory behind a Worker that knows types, index pages and caching; the socket speaks TLS.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .site),
    (name = "files", disk = "site"),
  ],
  sockets = [(
    name = "https",
    address = "*:8443",
    https = (
      options = (injectResponseHeaders = [(name = "Strict-Transport-Security", value = "max-age=31536000")]),
      tlsOptions = (keypair = (privateKey = embed "key.pem", certificateChain = embed "certificate.pem")),
    ),
    service = "main",
  )],
);

const site :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "FILES", service = "files")],
  compatibilityDate = "2026-11-17",
);
