# EventTarget, Event and CustomEvent.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "event-target",
    worker = (
      modules = [(name = "event-target.js", esModule = embed "event-target.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
