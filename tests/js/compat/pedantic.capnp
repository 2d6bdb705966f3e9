# What the flag `pedantic_wpt` makes stricter.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "on",
    worker = (
      modules = [(name = "pedantic.js", esModule = embed "pedantic.js")],
      compatibilityFlags = ["nodejs_compat", "pedantic_wpt"],
      bindings = [(name = "ON", json = "true")],
    ),
  ), (
    name = "off",
    worker = (
      modules = [(name = "pedantic.js", esModule = embed "pedantic.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [(name = "ON", json = "false")],
    ),
  )],
);
