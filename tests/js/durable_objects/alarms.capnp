# Alarms of Durable Objects: when they run, what their handler gets, and how they are set and taken away.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "alarms",
    worker = (
      modules = [(name = "alarms.js", esModule = embed "alarms.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [
        (className = "Clock", uniqueKey = "clock"),
        (className = "Deaf", uniqueKey = "deaf"),
      ],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "CLOCK", durableObjectNamespace = "Clock"),
        (name = "DEAF", durableObjectNamespace = "Deaf"),
      ],
    ),
  )],
);
