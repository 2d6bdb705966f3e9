# process.exit() in an event and in a Durable Object; node:tty.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "exit",
    worker = (
      modules = [(name = "exit.js", esModule = embed "exit.js")],
      compatibilityDate = "2026-08-01",
      compatibilityFlags = ["nodejs_compat"],
      durableObjectNamespaces = [(className = "Leaver", uniqueKey = "6e0c2f1a9d3b4785")],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "leaver", durableObjectNamespace = "Leaver"),
        (name = "self", service = "exit"),
      ],
    ),
  )],
);
