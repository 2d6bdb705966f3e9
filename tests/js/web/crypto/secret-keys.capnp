# crypto.subtle with secret keys: digests, HMAC, AES, HKDF and PBKDF2.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "secret-keys",
    worker = (
      modules = [
        (name = "secret-keys.js", esModule = embed "secret-keys.js"),
        (name = "helpers.js", esModule = embed "helpers.js"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
