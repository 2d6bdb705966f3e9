# Tail Workers: what they hear of calls that fail, of streams that fail after the answer, and of too much.
# dates: 2026-08-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "listener",
      worker = (
        modules = [(name = "listener.js", esModule = embed "tail-failures.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "REMOTE", service = (name = "traced", entrypoint = "Remote")),
          (name = "OBJECT", durableObjectNamespace = (serviceName = "traced", className = "Faulty")),
        ],
      ),
    ),
    (
      name = "traced",
      worker = (
        modules = [(name = "traced.js", esModule = embed "tail-failures-traced.js")],
        compatibilityFlags = ["nodejs_compat"],
        durableObjectNamespaces = [(className = "Faulty", uniqueKey = "faulty")],
        durableObjectStorage = (inMemory = void),
        tails = ["listener"],
      ),
    ),
  ],
);
