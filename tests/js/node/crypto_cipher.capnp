using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-cipher",
      worker = (
        modules = [(name = "crypto_cipher.js", esModule = embed "crypto_cipher.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
