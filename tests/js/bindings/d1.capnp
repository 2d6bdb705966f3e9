# D1: the wrapped binding over HTTP and over remote calls.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "d1",
      worker = (
        modules = [(name = "d1", esModule = embed "d1.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "db", wrapped = (
            moduleName = "cloudflare-internal:d1-api",
            innerBindings = [(name = "fetcher", service = "database")],
          )),
          (name = "echo", service = (name = "database", entrypoint = "Echo")),
        ],
      )
    ),
    ( name = "d1-jsrpc",
      worker = (
        modules = [(name = "d1", esModule = embed "d1.js")],
        compatibilityFlags = ["nodejs_compat", "experimental", "d1_binding_jsrpc"],
        bindings = [
          (name = "db", wrapped = (
            moduleName = "cloudflare-internal:d1-api",
            innerBindings = [(name = "fetcher", service = "database")],
          )),
          (name = "echo", service = (name = "database", entrypoint = "Echo")),
        ],
      )
    ),
    ( name = "database",
      worker = (
        modules = [(name = "database", esModule = embed "d1-service.js")],
        compatibilityFlags = ["experimental", "rpc", "d1_binding_jsrpc"],
      )
    ),
  ],
);
