using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-sign",
      worker = (
        modules = [(name = "crypto_sign.js", esModule = embed "crypto_sign.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
