# Remote calls: methods, properties, pipelining, references both ways and when they are let go.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "calls",
    worker = (
      modules = [(name = "calls.js", esModule = embed "calls.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "enable_abortsignal_rpc"],
      bindings = [
        (name = "RPC", service = (name = "receiver", entrypoint = "Receiver", props = (json = "{\"who\": \"me\"}"))),
        (name = "PLAIN", service = (name = "receiver", entrypoint = "plain")),
      ],
    ),
  ), (
    name = "receiver",
    worker = (
      modules = [(name = "receiver.js", esModule = embed "receiver.js")],
      compatibilityFlags = ["rpc", "enable_abortsignal_rpc"],
    ),
  )],
);
