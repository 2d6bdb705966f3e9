# What webcrypto_modern_algorithms adds to crypto.subtle.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "modern",
    worker = (
      modules = [
        (name = "modern.js", esModule = embed "modern.js"),
        (name = "helpers.js", esModule = embed "helpers.js"),
      ],
      compatibilityFlags = ["nodejs_compat", "webcrypto_modern_algorithms"],
    ),
  )],
);
