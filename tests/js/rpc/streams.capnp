# Streams in remote calls, requests whose client goes away, URLs as written, addresses of services, queues of objects.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "streams",
    worker = (
      modules = [(name = "streams.js", esModule = embed "streams.js")],
      compatibilityDate = "2024-05-01",
      compatibilityFlags = [
        "nodejs_compat", "experimental", "enable_request_signal", "service_binding_extra_handlers",
        "queue_consumer_no_wait_for_wait_until",
      ],
      bindings = [
        (name = "RPC", service = (name = "streams", entrypoint = "Receiver")),
        (name = "OBJECTS", durableObjectNamespace = "Objects"),
      ],
      durableObjectNamespaces = [(className = "Objects", uniqueKey = "objects")],
      durableObjectStorage = (inMemory = void),
    ),
  )],
);
