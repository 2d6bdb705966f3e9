# MessageChannel and MessagePort.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "channel",
    worker = (
      modules = [(name = "channel.js", esModule = embed "channel.js")],
      compatibilityFlags = ["nodejs_compat", "expose_global_message_channel"],
    ),
  )],
);
