# A Worker that passes requests on to one server. What needs no code is done by rules of the socket.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .proxy),
    (name = "origin", external = (address = "localhost:8000", http = (forwardedProtoHeader = "X-Forwarded-Proto"))),
  ],
  sockets = [(
    name = "http",
    address = "*:8080",
    http = (
      # Clients cannot pretend to come from elsewhere.
      injectRequestHeaders = [(name = "X-Forwarded-For"), (name = "Via", value = "1.1 sample")],
      injectResponseHeaders = [
        (name = "X-Content-Type-Options", value = "nosniff"),
        # Nobody needs to know what the server runs on.
        (name = "Server"),
        (name = "X-Powered-By"),
      ],
    ),
    service = "main",
  )],
);

const proxy :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "ORIGIN", service = "origin")],
  compatibilityDate = "2026-11-17",
);
