# internalNewHttpClient(): requests over a socket; the server is a connect handler.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "http-client",
    worker = (
      modules = [(name = "http-client.js", esModule = embed "http-client.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "experimental"],
      bindings = [(name = "SERVER", service = "http-client")],
    ),
  )],
);
