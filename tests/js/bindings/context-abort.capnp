# A handler may end its event: the caller sees the reason, other events go on.
# dates: newest 2022-10-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "main",
    worker = (
      modules = [(name = "context-abort.js", esModule = embed "context-abort.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "NOW", service = (name = "main", entrypoint = "now")),
        (name = "LATER", service = (name = "main", entrypoint = "later")),
        (name = "FINE", service = (name = "main", entrypoint = "fine")),
      ],
    ),
  )],
);
