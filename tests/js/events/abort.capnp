# ctx.abort() ends the guest code that calls it.
# dates: newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "abort",
    worker = (
      modules = [(name = "abort.js", esModule = embed "abort.js")],
    ),
  )],
);
