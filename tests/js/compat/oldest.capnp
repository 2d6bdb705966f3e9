# What the oldest dates have of their own: null in place of what has the wrong type, rejections told of by a microtask.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "oldest",
    worker = (
      modules = [(name = "oldest.js", esModule = embed "oldest.js")],
      compatibilityDate = "2021-12-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
