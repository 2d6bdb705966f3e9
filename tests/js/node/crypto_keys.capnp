using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-keys",
      worker = (
        modules = [(name = "crypto_keys.js", esModule = embed "crypto_keys.js")],
        compatibilityDate = "2025-09-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
