# Calls that are given up by disposing of their promises.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "cancel",
    worker = (
      modules = [(name = "cancel.js", esModule = embed "cancel.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "rpc_dispose_cancels_call", "experimental"],
      durableObjectNamespaces = [(className = "CalledObject", uniqueKey = "called")],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "SERVICE", service = (name = "cancel", entrypoint = "Called")),
        (name = "OBJECTS", durableObjectNamespace = "CalledObject"),
      ],
    ),
  )],
);
