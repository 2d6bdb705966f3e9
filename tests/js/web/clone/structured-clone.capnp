# structuredClone(): what it copies, keeps, moves and refuses.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "structured-clone",
    worker = (
      modules = [(name = "structured-clone.js", esModule = embed "structured-clone.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
