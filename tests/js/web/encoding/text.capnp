# TextEncoder and TextDecoder.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "text",
    worker = (
      modules = [(name = "text.js", esModule = embed "text.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
