# console: every method can be called with anything.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "console",
    worker = (
      modules = [(name = "console.js", esModule = embed "console.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
