using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "assert",
    worker = (
      modules = [(name = "assert.js", esModule = embed "assert.js")],
      compatibilityDate = "2024-09-23",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
