# Raw connections: arguments and failures of connect(), connect handlers behind service bindings.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "connect",
    worker = (
      modules = [(name = "connect.js", esModule = embed "connect.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "SELF", service = "connect"),
        (name = "ECHO", service = (name = "connect", entrypoint = "Echo")),
        (name = "NONE", service = (name = "connect", entrypoint = "Nothing")),
      ],
    ),
  ), (
    name = "internet",
    network = (allow = ["private"]),
  )],
);
