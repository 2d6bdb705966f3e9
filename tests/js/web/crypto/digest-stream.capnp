# crypto.DigestStream.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "digest-stream",
    worker = (
      modules = [(name = "digest-stream.js", esModule = embed "digest-stream.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
