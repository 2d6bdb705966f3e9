# performance and Date agree and never go back.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "clock",
    worker = (
      modules = [(name = "clock.js", esModule = embed "clock.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
