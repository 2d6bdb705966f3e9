# What branches hear of the stream that they come from.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "tee",
    worker = (
      modules = [(name = "tee.js", esModule = embed "tee.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
