# crypto.getRandomValues() and crypto.randomUUID().
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "random",
    worker = (
      modules = [(name = "random.js", esModule = embed "random.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
