# Bindings to plain values, in env and in cloudflare:workers.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "values",
    worker = (
      modules = [(name = "values.js", esModule = embed "values.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "TEXT", text = "plain"),
        (name = "DATA", data = "bytes"),
        (name = "JSON", json = "{\"list\": [1, null]}"),
        (name = "UNSET", fromEnvironment = "NO_SUCH_VARIABLE_OF_THE_TESTS"),
      ],
    ),
  )],
);
