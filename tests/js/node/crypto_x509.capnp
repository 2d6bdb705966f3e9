using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-x509",
      worker = (
        modules = [(name = "crypto_x509.js", esModule = embed "crypto_x509.js")],
        compatibilityDate = "2025-09-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
