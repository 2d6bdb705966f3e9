# node:fs on the Worker's own file system.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "fs",
    worker = (
      modules = [
        (name = "fs.js", esModule = embed "fs.js"),
        (name = "texts/one.txt", text = "one"),
      ],
      compatibilityDate = "2026-08-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
