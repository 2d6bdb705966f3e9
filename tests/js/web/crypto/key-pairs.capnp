# crypto.subtle with pairs of keys: ECDSA, ECDH, Ed25519, X25519 and RSA.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "key-pairs",
    worker = (
      modules = [
        (name = "key-pairs.js", esModule = embed "key-pairs.js"),
        (name = "helpers.js", esModule = embed "helpers.js"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
