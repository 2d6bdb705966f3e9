# The module that describes the API.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "rtti",
    worker = (
      modules = [(name = "rtti.js", esModule = embed "rtti.js")],
      compatibilityFlags = ["nodejs_compat", "rtti_api", "experimental"],
    ),
  )],
);
