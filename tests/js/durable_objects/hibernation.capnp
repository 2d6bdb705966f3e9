# WebSockets that a Durable Object hands over, so that it may go while they stay.
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "hibernation",
    worker = (
      modules = [(name = "hibernation.js", esModule = embed "hibernation.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [
        (className = "Room", uniqueKey = "room"),
        (className = "Deaf", uniqueKey = "deaf"),
      ],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "ROOM", durableObjectNamespace = "Room"),
        (name = "DEAF", durableObjectNamespace = "Deaf"),
      ],
    ),
  )],
);
