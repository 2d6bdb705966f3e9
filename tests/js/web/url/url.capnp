# URL: parsing, setters, errors.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "url",
    worker = (
      modules = [(name = "url.js", esModule = embed "url.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
