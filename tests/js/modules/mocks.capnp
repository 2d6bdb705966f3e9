# The mocks of node:test, and the promise rejections that they count.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "mocks",
    worker = (
      modules = [(name = "mocks.js", esModule = embed "mocks.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
