# Bodies: every kind, every reader, the content types they imply.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "body",
    worker = (
      modules = [(name = "body.js", esModule = embed "body.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
