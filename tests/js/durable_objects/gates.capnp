# Gates: what other events see of an object while one waits for its storage, for others, or for time.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "gates",
    worker = (
      modules = [(name = "gates.js", esModule = embed "gates.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [(className = "Counter", uniqueKey = "counter")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "COUNTER", durableObjectNamespace = "Counter"), (name = "SLOW", service = "slow")],
    ),
  ), (
    name = "slow",
    worker = (
      modules = [(name = "slow.js", esModule =
        `export default { async fetch() { await scheduler.wait(5); return new Response('slow') } }
      )],
    ),
  )],
);
