# Content-Encoding: applied to responses, taken off again when JavaScript reads them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "content-encoding",
    worker = (
      modules = [(name = "content-encoding.js", esModule = embed "content-encoding.js")],
      compatibilityFlags = ["nodejs_compat", "brotli_content_encoding"],
      bindings = [(name = "SELF", service = "content-encoding")],
    ),
  )],
);
