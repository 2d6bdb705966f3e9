# atob() and btoa().

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "base64",
    worker = (
      modules = [(name = "base64.js", esModule = embed "base64.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
