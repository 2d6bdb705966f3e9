using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-rsa",
      worker = (
        modules = [(name = "crypto_rsa.js", esModule = embed "crypto_rsa.js")],
        compatibilityDate = "2025-09-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
