# What belongs to one event is not for others, be it in memory; the events of one Durable Object share.
# dates: newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "other-events",
    worker = (
      compatibilityFlags = ["nodejs_compat"],
      modules = [(name = "other-events.js", esModule = embed "other-events.js")],
      bindings = [
        (name = "SELF", service = "other-events"),
        (name = "OBJECTS", durableObjectNamespace = "Keeper"),
      ],
      durableObjectNamespaces = [(className = "Keeper", uniqueKey = "keeper")],
      durableObjectStorage = (inMemory = void),
    ),
  )],
);
