# EventSource, over a service binding and over streams.
# dates: newest 2024-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "event-source",
    worker = (
      modules = [(name = "event-source.js", esModule = embed "event-source.js")],
      compatibilityFlags = ["nodejs_compat", "streams_enable_constructors"],
      bindings = [(name = "self", service = "event-source")],
    ),
  )],
);
