# FormData: entries, and the two encodings that bodies have.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "form-data",
    worker = (
      modules = [(name = "form-data.js", esModule = embed "form-data.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
