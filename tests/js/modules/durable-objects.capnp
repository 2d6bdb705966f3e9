# What cloudflare:durable-objects exports.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "durable-objects",
      worker = (
        modules = [(name = "durable-objects", esModule = embed "durable-objects.js")],
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
